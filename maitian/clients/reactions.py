"""What clients does because of ledger rows: new records are compared at once, clients move with their manager."""

from __future__ import annotations

from maitian.clients import duplicates
from maitian.clients.models import Client
from maitian.core.models import LedgerEntry
from maitian.core.reactions import reaction
from maitian.staff.models import Branch, Member

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


@reaction("clients.outlets", kinds={"staff.member_changed"})
def follow_manager(rows: list[LedgerEntry]) -> None:
    """A manager who goes to another outlet takes his clients along: its team lead sees them, the old one no longer."""
    ids = {int(row.object_id) for row in rows if "outlet" in row.facts.get("fields", ())}
    for member in Member.objects.filter(pk__in=ids, role="account_manager"):
        Client.objects.filter(manager=member).update(outlet=member.outlet_id)
