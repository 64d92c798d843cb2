"""Texts: what an event says by channel, the same for everybody or with words for one client.

At the decision a topic's templates are filled with what is the same for everybody and kept with the event. What
differs by client stays a ``{variable}`` and is filled at hand-over, and again when the client or a colleague
looks at the message: from the personal facts kept with the decision, and from the encrypted record for names.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db import connection

from maitian.clients.rules import family_name
from maitian.core.columns import numbers
from maitian.core.privacy import decrypt_many
from maitian.core.sql import binary_rows
from maitian.outreach import rules
from maitian.outreach.audiences import AUDIENCES, PERSON
from maitian.outreach.errors import TemplateEmpty
from maitian.outreach.models import Event, Topic
from maitian.outreach.rules import CHANNELS, Words

SAMPLES = 200  # clients whose facts are looked at for the length of a text
LONG_NAME = {"client": "欧阳建国", "salutation": "欧阳先生"}  # a long name, so that the price is not too low


def personal_names(topic: Topic) -> frozenset[str]:
    """The variables of a topic that differ by client."""
    return PERSON | AUDIENCES[topic.audience].personal | frozenset(_ledger_names(topic.ledger_kinds))


def known_names(topic: Topic) -> frozenset[str]:
    """Every variable that a template of the topic may use."""
    return AUDIENCES[topic.audience].variables | personal_names(topic)


def _ledger_names(kinds: Iterable[str]) -> set[str]:
    from maitian.core import ledger

    listed = ledger.kinds()
    return {name for kind in kinds if kind in listed for name in Words(listed[kind].zh).names}


def templates_of(topic: Topic, event: Event) -> Mapping[str, str]:
    """The texts of an event: the topic's, unless the event brings its own (one arm of one step of a campaign)."""
    own: Mapping[str, str] | None = event.facts.get("templates")
    return topic.templates if own is None else own


def uses_facts(topic: Topic, event: Event) -> bool:
    """Whether any text of the event needs personal facts (names come from the record, not from facts)."""
    wanted = personal_names(topic) - PERSON
    return any(Words(template).names & wanted for template in templates_of(topic, event).values())


def prepared(topic: Topic, event: Event, house: Mapping[str, str], price: Decimal) -> dict[str, Any]:
    """The event's texts by channel: ``template`` (personal variables left), ``parts``, ``price`` in 1/10,000 CNY.

    Parts and price are those of the longest text among the first clients, so that the budget is not overspent.
    """
    facts = {**event.facts, **house}
    personal = personal_names(topic)
    templates = templates_of(topic, event)
    samples = _samples(event.pk) or [{}]
    texts: dict[str, Any] = {}
    for number, name in enumerate(CHANNELS):
        if not event.channel_mask & (1 << number):
            continue
        template = templates.get(name, "")
        if not template:
            raise TemplateEmpty(channel=name)
        entry: dict[str, Any] = {"template": _partly(Words(template), facts, personal)}
        if name == "email":
            subject = templates.get("subject") or "{title}"
            entry["subject"] = _partly(Words(subject), facts, personal)
        words = Words(entry["template"])
        entry["personal"] = sorted(words.names)
        entry["text"] = words.fill(_tolerant({**LONG_NAME, **samples[0]}))
        lengths = (words.fill(_tolerant({**LONG_NAME, **sample})) for sample in samples)
        entry["parts"] = max(map(rules.sms_parts, lengths)) if name == "sms" else 1
        entry["price"] = int(price * 10_000) * entry["parts"] if name == "sms" else 0
        texts[name] = entry
    return texts


class _tolerant(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "…"


def _partly(words: Words, facts: Mapping[str, Any], personal: frozenset[str]) -> str:
    """The template with the common variables filled; braces within them are doubled, so that they stay text."""
    out = []
    for text, name in words.pieces:
        out.append(_quoted(text))
        if name is not None:
            out.append(
                "{" + name + "}"
                if name in personal and name not in facts
                else _quoted(str(facts.get(name, "")))
            )
    return "".join(out)


def _quoted(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")


def _samples(event_id: int) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT facts FROM outreach_personalfact WHERE event_id = %s ORDER BY client_id LIMIT %s",
            [event_id, SAMPLES],
        )
        return [json.loads(row[0]) if isinstance(row[0], str) else row[0] for row in cursor.fetchall()]


def facts_of(event_id: int, clients: Sequence[int]) -> dict[int, dict[str, Any]]:
    """The personal facts of these clients."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT client_id, facts FROM outreach_personalfact WHERE event_id = %s AND client_id = ANY(%s::bigint[])",
            [event_id, numbers(clients)],
        )
        return {
            client: json.loads(facts) if isinstance(facts, str) else facts
            for client, facts in cursor.fetchall()
        }


def persons(clients: Sequence[int]) -> dict[int, dict[str, str]]:
    """``client`` (the name) and ``salutation`` (陈先生) of these clients, decrypted: never log or store them."""
    rows = binary_rows(
        "SELECT client_id, name, gender FROM clients_personaldata WHERE client_id = ANY(%s::bigint[])",
        [numbers(clients)],
    )
    names = decrypt_many((client, stored) for client, stored, _gender in rows)
    return {
        client: {"client": names[client], "salutation": salutation(names[client], gender)}
        for client, _stored, gender in rows
    }


def salutation(name: str, gender: str) -> str:
    """``陈建国`` → ``陈先生``; without a gender the whole name."""
    if gender not in ("m", "f", "M", "F") or not name:
        return name
    return family_name(name) + ("先生" if gender in "mM" else "女士")


def rendered(
    entry: Mapping[str, Any], event_id: int, clients: Sequence[int], key: str = "template"
) -> dict[int, str]:
    """The text of each client. One whose facts lack a variable has no text: it cannot be sent."""
    words = Words(entry[key])
    if not words.names:
        text = words.fill({})
        return dict.fromkeys(clients, text)
    facts = facts_of(event_id, clients) if words.names - PERSON else {}
    people = persons(clients) if words.names & PERSON else {}
    made = {}
    for client in clients:
        try:
            made[client] = words.fill({**people.get(client, {}), **facts.get(client, {})})
        except KeyError:
            continue
    return made
