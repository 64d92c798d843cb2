"""A person whom a client named after a visit: becomes a lead with somebody who looks after him, or is found on record already."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q

from maitian.clients import actions as clients
from maitian.clients.models import Client, ContactPoint, LifeCycle
from maitian.core import ledger
from maitian.core.privacy import token
from maitian.staff.models import Member
from maitian.visits.errors import ReferralConsentMissing, ReferralIncomplete, ReferralOfOneself
from maitian.visits.models import Referral, Visit


@dataclass(frozen=True)
class Named:
    """Whom the client named. ``basis`` empty: the person has not agreed, and nothing but the words is kept."""

    name: str = ""
    phone: str = ""
    basis: str = ""
    proof: str = ""


def check(named: Named) -> bool:
    """Whether a record follows. Raises :class:`ReferralConsentMissing` for a phone without consent and
    :class:`ReferralIncomplete` for consent without name, phone or proof."""
    if not named.basis:
        if named.phone.strip():
            raise ReferralConsentMissing()
        return False
    if named.basis not in Referral.Basis.values:
        raise ReferralConsentMissing()
    if not (named.name.strip() and named.phone.strip() and named.proof.strip()):
        raise ReferralIncomplete()
    clients.check_contact("phone", named.phone.strip())
    return True


def known_as(phone: str, name: str) -> Client | None:
    """The record with that phone; of several the one with that name, else the oldest."""
    points = ContactPoint.objects.filter(
        value_token=token(phone), kind=ContactPoint.Kind.PHONE, client__merged_into=None
    ).select_related("client__person")
    found = sorted({point.client for point in points}, key=lambda client: client.pk)
    return next((client for client in found if str(client.person.name) == name), found[0] if found else None)


def somebody_for(visit: Visit) -> Member | None:
    """Who looks after the lead: who went, else the referrer's manager, else the manager of the branch with the fewest clients."""
    referrer = visit.case.client
    for member in (visit.member, referrer.manager if referrer else None):
        if member is not None and member.active and member.role == "account_manager":
            return member
    managers = Member.objects.filter(branch_id=visit.case.branch_id, active=True, role="account_manager")
    return (
        managers.annotate(many=Count("clients", filter=~Q(clients__state=LifeCycle.CLOSED)))
        .order_by("many", "pk")
        .first()
    )


def refer(visit: Visit, named: Named, *, by: Member, now: datetime) -> Referral:
    """Open the lead, or link the record that is there already. In the transaction of the visit's result; checked before."""
    referrer = visit.case.client
    assert referrer is not None  # visits are made to clients
    name, phone = named.name.strip(), named.phone.strip()
    found = known_as(phone, name)
    if found is not None and found.pk == referrer.pk:
        raise ReferralOfOneself()
    client = found or clients.create_client(
        branch=visit.case.branch, name=name, phone=phone, manager=somebody_for(visit), actor=by.actor
    )
    made = Referral.objects.create(
        visit=visit, referrer=referrer, client=client, known=found is not None, basis=named.basis, proof=named.proof.strip()[:300],
        member=visit.member, at=now,
    )  # fmt: skip
    facts = {
        "ref": visit.case.ref,
        "basis": made.get_basis_display(),
        "referrer": referrer.pk,
        "known": made.known,
        "net": "people",
    }
    kind = "client.referred_again" if made.known else "client.referred"
    ledger.record(
        kind,
        actor=by.actor,
        client_id=client.pk,
        object_kind="visit",
        object_id=visit.pk,
        at=now,
        facts=facts,
    )
    return made
