"""Papers of the desk: the complaint form that a client signs, the yearly report."""
