"""Messages that a person writes: what must not be in them, and one to a single client."""

from __future__ import annotations

from datetime import timedelta

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import override

from maitian.clients.models import Security
from maitian.core import ledger
from maitian.outreach import advice_rules, decision, rules
from maitian.outreach.actions.deciding import decide, sending_count
from maitian.outreach.actions.sending import send
from maitian.outreach.errors import AdviceInMessage, MessageReachesNobody
from maitian.outreach.models import Event

# The topics of messages from a client's own people. What invites or offers is commercial, whoever writes it: it needs
# that consent and counts with everything else the client gets (G12: one cap over topics and staff).
TO_ONE = {"service": "manager_message", "commercial": "manager_offer"}
SAME_WITHIN = timedelta(minutes=10)
LOCKS = 7236286  # first key of the advisory locks of messages to one client


def refuse_advice(text: str) -> None:
    """Refuse a text that is investment advice, whoever wrote it (rules file, chapter 4): see ``advice_rules``."""
    found = advice_rules.find(text, Security.objects.values_list("symbol", "name"))
    if found is not None:
        raise AdviceInMessage(security=f"{found.security} {found.symbol}", words=found.words)


def written_already(
    topic_code: str, *, title: str, text: str, maker: str, client_id: int | None = None
) -> Event | None:
    """The same words by the same person a moment ago: a second click is not a second message."""
    since = timezone.now() - SAME_WITHIN
    wanted = None if client_id is None else {str(client_id)}
    before = Event.objects.filter(made_at__gte=since, maker=maker, topic__code=topic_code)
    for event in before.exclude(state=Event.State.STOPPED).order_by("-made_at"):
        named = set(event.facts["clients"]) if "clients" in event.facts else None
        if event.title == title.strip() and event.facts.get("text") == text.strip() and named == wanted:
            return event
    return None


@transaction.atomic
def write_and_decide(topic_code: str, *, title: str, text: str, maker: str) -> Event:
    """A message to a topic's audience, decided at once; refused as a whole when it cannot be decided.

    The same words by the same person within a few minutes are the same message.
    """
    from maitian.outreach.actions.events import event_by_hand

    with connection.cursor() as cursor:  # two clicks at once take turns
        cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [LOCKS, maker])
    if (before := written_already(topic_code, title=title, text=text, maker=maker)) is not None:
        return before
    return decide(event_by_hand(topic_code, title=title, text=text, maker=maker).pk, actor=maker)


@transaction.atomic
def message_client(
    client_id: int, *, title: str, text: str, actor: str, message_class: str = "service"
) -> Event:
    """Write to one client and send it: through the gates, or not at all. Access is checked by the caller.

    ``message_class``: ``service`` or ``commercial`` (an offer or invitation).
    """
    from maitian.outreach.actions.events import event_by_hand

    topic = TO_ONE[message_class]
    with connection.cursor() as cursor:  # two clicks at once take turns
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCKS, client_id % 2**31])
    if (
        before := written_already(topic, title=title, text=text, maker=actor, client_id=client_id)
    ) is not None:
        return before
    made = event_by_hand(topic, title=title, text=text, maker=actor, clients={client_id: {}})
    made = decide(made.pk, actor=actor, allow_empty=True)
    if not sending_count(made):
        byte = decision.outcome_of(made.pk, client_id)
        raise MessageReachesNobody(**_why(byte))
    made = send(made.pk, actor=actor, confirmed_count=sending_count(made))
    ledger.record(
        "message.written",
        actor=actor,
        client_id=client_id,
        object_kind="event",
        object_id=made.pk,
        facts={"title": made.title},
    )
    return made


def _why(byte: int | None) -> dict[str, str]:
    from maitian.outreach.words import GATES

    if byte is None:
        return {"why": "客户不在册", "why_en": "the client is not on the books"}
    gate = GATES[rules.split(byte)[0]]
    with override("zh-hans"):
        zh = str(gate)
    with override("en"):
        return {"why": zh, "why_en": str(gate)}
