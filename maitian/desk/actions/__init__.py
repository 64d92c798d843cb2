"""Every write of the desk, one file for each sort. Keyword-only, one transaction each, ledger row last.

The case is locked first and its clocks after, everywhere; so two people at one case wait for each other and
never lock each other out.
"""
