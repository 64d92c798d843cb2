"""Audiences: each rule gives one set-based piece of SQL and the variables that its templates may use.

The piece is a condition on ``clients_client c``; parameters are named. An audience never decides: whom a
gate stops is still in it, with the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

SERVED = ("opened", "active", "dormant", "leaving")


@dataclass(frozen=True)
class Audience:
    """A rule: ``condition(facts)`` gives ``(sql, parameters)``; ``variables`` are the template's."""

    title: str
    title_en: str
    condition: Callable[[Mapping[str, Any]], tuple[str, dict[str, Any]]]
    variables: frozenset[str]


def _everybody(_facts: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    return "c.state = ANY(%(served)s)", {"served": list(SERVED)}


def _holders_and_followers(facts: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """Who holds or follows one of the securities, or a security of the industries, or follows an industry."""
    return (
        """c.state = ANY(%(served)s) AND c.id IN (
             WITH concerned AS (
               SELECT unnest(%(securities)s::text[]) AS what
               UNION SELECT symbol FROM clients_security WHERE industry = ANY(%(industries)s))
             SELECT h.client_id FROM clients_holding h JOIN concerned s ON s.what = h.symbol
              WHERE h.quantity > 0
             UNION
             SELECT f.client_id FROM clients_follow f
              WHERE f.what IN (SELECT what FROM concerned) OR f.what = ANY(%(industries)s))""",
        {
            "served": list(SERVED),
            "securities": list(facts.get("securities", [])),
            "industries": list(facts.get("industries", [])),
        },
    )


COMMON = frozenset({"title", "branch", "phone"})
AUDIENCES: dict[str, Audience] = {
    "everybody": Audience("全部在册客户", "All clients on the books", _everybody, COMMON | {"text"}),
    "holders_and_followers": Audience(
        "持有或关注相关证券、行业的客户",
        "Clients who hold or follow the securities or industries",
        _holders_and_followers,
        COMMON | {"summary", "kind", "stars", "risk", "house", "securities_text", "date", "link"},
    ),
}
