"""Who would get a topic if it were sent now: the gates asked over the whole audience, nothing kept."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.db import connection
from django.utils import timezone

from maitian.core import rulebook
from maitian.outreach import decision, describing
from maitian.outreach.actions import deciding
from maitian.outreach.audiences import AUDIENCES
from maitian.outreach.models import Event, Topic
from maitian.outreach.queries.verdicts import Verdicts, verdicts


@dataclass(frozen=True)
class Forecast:
    """``verdicts`` as of an event; ``cost`` of one send by SMS in CNY, at the sample's length."""

    verdicts: Verdicts
    cost: Decimal


def foreseeable(topic: Topic) -> bool:
    """Whether the audience is known without an event: securities and named clients come with one."""
    audience = AUDIENCES.get(topic.audience)
    return audience is not None and audience.everybody


def of(topic: Topic) -> Forecast | None:
    """What the gates say today, ``None`` when only an event tells the audience. Quiet hours are left out."""
    if not foreseeable(topic):
        return None
    now = timezone.now()
    event = Event(topic=topic, facts={}, title="", pk=0)
    question = deciding.question(event, now, rulebook.at(now), {})
    sql, parameters = decision.statement(question)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT outcome, count(*) FROM ({sql}) decided GROUP BY 1", parameters)
        event.counts = {str(byte): int(number) for byte, number in cursor.fetchall()}
    sms = next((preview for preview in describing.previews(topic) if preview.name == "sms"), None)
    found = verdicts(event)
    return Forecast(found, (sms.price if sms else Decimal(0)) * found.messages[1])
