"""What clients does because of its own ledger rows: new records are compared with the others at once."""

from __future__ import annotations

from maitian.clients import duplicates
from maitian.clients.models import Client
from maitian.core.models import LedgerEntry
from maitian.core.reactions import reaction
from maitian.staff.models import Branch

LOOKED_AT = {"client.created", "client.contact_changed", "record.merge_undone"}


@reaction("clients.duplicates", kinds={"import.run", *LOOKED_AT})
def look(rows: list[LedgerEntry]) -> None:
    """A file of people or accounts: the whole branch once. A single record: that record."""
    if any(row.kind == "import.run" and row.facts.get("kind") in ("clients", "accounts") for row in rows):
        for branch_id in Branch.objects.values_list("pk", flat=True):
            duplicates.find(branch_id)
        return
    ids = {row.client_id for row in rows if row.kind in LOOKED_AT and row.client_id is not None}
    for client_id, branch_id in Client.objects.filter(pk__in=ids).values_list("pk", "branch_id"):
        duplicates.find(branch_id, client_id)
