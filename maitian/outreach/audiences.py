"""Audiences: each rule gives one set-based piece of SQL and the variables that its templates may use.

The piece is a condition on ``clients_client c``; parameters are named. An audience never decides: whom a
gate stops is still in it, with the reason. A topic may narrow its audience by conditions made by clicks.

Parts of outreach add rules of their own with :func:`register` (the chase, campaigns, briefings).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

SERVED = ("opened", "active", "dormant", "leaving")
Sql = tuple[str, dict[str, Any]]
Facts = Mapping[str, Any]


@dataclass(frozen=True)
class Audience:
    """A rule.

    ``condition(facts)`` gives ``(sql, parameters)`` on ``clients_client c``. ``variables`` are the template's,
    the same for everybody; ``personal`` ones differ by client and come from ``facts(event facts)``: SQL of
    ``(client_id, facts jsonb)``. ``still(event facts, client ids)``, asked at hand-over, gives SQL of
    ``(client_id, facts jsonb)`` for those to whom the text is still to go, with what is true now; ``None``
    means that nothing but consent, address and cap can change while a text waits.
    """

    title: str
    title_en: str
    condition: Callable[[Facts], Sql]
    variables: frozenset[str]
    personal: frozenset[str] = frozenset()
    facts: Callable[[Facts], Sql] | None = None
    still: Callable[[Facts, Sequence[int]], Sql] | None = None
    everybody: bool = False  # without conditions it is the whole branch: said before sending
    empty: tuple[str, str] = (
        "没有符合条件的客户。请检查条件。",
        "No client meets the conditions. Check them.",
    )


COMMON = frozenset({"title", "text", "branch", "phone", "opt_out", "risk_sentence", "signature"})
PERSON = frozenset({"client", "salutation"})  # filled at hand-over from the encrypted record
AUDIENCES: dict[str, Audience] = {}


def register(code: str, audience: Audience) -> None:
    """Add a rule. Names are kept in topics for ever: never reuse one for something else."""
    AUDIENCES[code] = audience


def served(sql: str = "") -> str:
    """The condition that a client is on the books, and ``sql`` besides."""
    return "c.state = ANY(%(served)s)" + (f" AND {sql}" if sql else "")


def _everybody(_facts: Facts) -> Sql:
    return served(), {"served": list(SERVED)}


def _holders_and_followers(facts: Facts) -> Sql:
    """Who holds or follows one of the securities, or a security of the industries, or follows an industry."""
    return (
        served("""c.id IN (
             WITH concerned AS (
               SELECT unnest(%(securities)s::text[]) AS what
               UNION SELECT symbol FROM clients_security WHERE industry = ANY(%(industries)s))
             SELECT h.client_id FROM clients_holding h JOIN concerned s ON s.what = h.symbol
              WHERE h.quantity > 0
             UNION
             SELECT f.client_id FROM clients_follow f
              WHERE f.what IN (SELECT what FROM concerned) OR f.what = ANY(%(industries)s))"""),
        {
            "served": list(SERVED),
            "securities": list(facts.get("securities", [])),
            "industries": list(facts.get("industries", [])),
        },
    )


def _holders(facts: Facts) -> Sql:
    """Who holds one of the securities now."""
    return (
        served(
            "c.id IN (SELECT client_id FROM clients_holding WHERE symbol = ANY(%(securities)s) AND quantity > 0)"
        ),
        {"served": list(SERVED), "securities": list(facts.get("securities", []))},
    )


def _holder_facts(facts: Facts) -> Sql:
    return (
        "SELECT client_id, jsonb_build_object('quantity', to_char(sum(quantity), 'FM999,999,999,999')) AS facts"
        " FROM clients_holding WHERE symbol = ANY(%(securities)s) AND quantity > 0 GROUP BY client_id",
        {"securities": list(facts.get("securities", []))},
    )


def _named(facts: Facts) -> Sql:
    """The clients of the event itself: whose level changed, whose promise is due, whom a manager writes to."""
    return "c.id = ANY(%(named)s)", {"named": [int(key) for key in facts.get("clients", {})]}


def _named_facts(facts: Facts) -> Sql:
    import json

    listed = facts.get("clients", {})
    return (
        "SELECT unnest(%(named)s::bigint[]) AS client_id, unnest(%(named_facts)s::jsonb[]) AS facts",
        {
            "named": [int(key) for key in listed],
            "named_facts": [json.dumps(value, ensure_ascii=False) for value in listed.values()],
        },
    )


register(
    "everybody",
    Audience(
        "全部在册客户",
        "All clients on the books",
        _everybody,
        COMMON
        | {
            "security",
            "direction",
            "range",
            "target",
            "stop",
            "risk",
            "adviser",
            "licence",
            "source",
            "until",
        },
        everybody=True,
    ),
)
register(
    "holders_and_followers",
    Audience(
        "持有或关注相关证券、行业的客户",
        "Clients who hold or follow the securities or industries",
        _holders_and_followers,
        COMMON
        | {"summary", "kind", "stars", "risk", "house", "securities_text", "date", "link"}
        | {"security", "old_rating", "new_rating", "target", "adviser", "licence"},
        empty=(
            "没有客户持有或关注这些证券和行业，受众是空的。请检查写的证券和行业。",
            "Nobody holds or follows these securities and industries: the audience is empty. Check them.",
        ),
    ),
)
register(
    "holders",
    Audience(
        "持有该证券的客户",
        "Clients who hold the security",
        _holders,
        COMMON | {"kind", "security", "securities_text", "date", "deadline", "left", "link"},
        frozenset({"quantity"}),
        _holder_facts,
        empty=(
            "没有客户持有这只证券，受众是空的。",
            "Nobody holds this security: the audience is empty.",
        ),
    ),
)
register(
    "named",
    Audience(
        "事情涉及的那位客户",
        "The client whom the matter concerns",
        _named,
        COMMON,
        frozenset({"what", "what_en", "by", "reason", "level", "effective_on"}),
        _named_facts,
    ),
)


def _got_event(facts: Facts) -> Sql:
    """Exactly those who got the texts of earlier events, by whichever channel, and whose text did not fail.

    Read from the verdict blocks, then one look by key for each client: message rows have no index by event.
    """
    return (
        """c.id IN (SELECT t.id FROM outreach_verdictblock b
               CROSS JOIN LATERAL unnest(b.client_ids) WITH ORDINALITY AS t(id, n)
               JOIN outreach_message m ON m.client_id = t.id AND m.event_id = b.event_id AND m.day >= %(got_since)s::date
                AND m.state IN (1, 2, 4, 5)
              WHERE b.event_id = ANY(%(got_events)s) AND get_byte(b.outcomes, (t.n - 1)::int) & 15 > 0)""",
        {
            "got_events": list(facts.get("got_events") or [facts["got_event"]]),
            "got_since": facts["got_since"],
        },
    )


register(
    "got_event",
    Audience(
        "收到过那条荐股的客户",
        "Clients who got that pick",
        _got_event,
        COMMON | {"security", "direction", "adviser", "licence", "date", "source"},
        empty=("没有客户收到过这条荐股。", "No client got that pick."),
    ),
)
