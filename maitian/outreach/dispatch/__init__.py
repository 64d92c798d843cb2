"""Handing over: workers claim deliveries (block × channel) and write message rows by COPY.

The crash rule. Inbox and calls: rows and the end of the delivery are one transaction. SMS and e-mail: a batch is
committed as one *handing* mark before the first byte leaves; its rows are written, once, with the gateway's
answers in the transaction that deletes the mark. A worker's claim stands while its database session holds an
advisory lock; when it died, the next worker takes the delivery, turns what its marks hold into *unknown*, and
sends only clients that have no row yet. So nothing is forgotten, nothing goes out twice, and what is in doubt is
counted and settled by receipts; texts of a critical topic are sent again after the rulebook's minutes.
"""

from maitian.outreach.dispatch.receipts import resend_critical, retry, settle
from maitian.outreach.dispatch.retrying import retry_group
from maitian.outreach.dispatch.worker import Worker, finish_events, run_forever, start

__all__ = [
    "Worker",
    "finish_events",
    "resend_critical",
    "retry",
    "retry_group",
    "run_forever",
    "settle",
    "start",
]
