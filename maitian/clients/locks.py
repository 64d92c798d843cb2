"""Who may change which record an account belongs to, and who relies on it for the length of a transaction.

A merge moves accounts from one record to another. A file that is being stored must not meet half of that: it holds the
lock shared, a merge holds it alone. Both are short; merges are rare.
"""

from __future__ import annotations

from django.db import connection

KEY = "clients.records"


def rely_on_records() -> None:
    """Until commit no merge is done. Taken by imports, at the start of their transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(hashtext(%s))", [KEY])


def change_records() -> None:
    """Until commit no file is stored and no other merge is done."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [KEY])
