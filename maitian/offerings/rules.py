"""Pure decisions about levels: what they contain, whether a design holds, whether an application may pass."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True)
class Content:
    what: str  # report_kind, topic, adviser, quota
    key: str
    number: int  # most stars, channel mask, 1, times a month


def contained(start: int, contains: Mapping[int, int | None]) -> list[int]:
    """``start`` and every level that it contains, nearest first. A circle raises ``ValueError``."""
    chain = [start]
    following = contains.get(start)
    while following is not None:
        if following in chain:
            raise ValueError(following)
        chain.append(following)
        following = contains.get(following)
    return chain


def effective(own: Iterable[Content], inherited: Iterable[Content]) -> list[Content]:
    """A level's contents with those of the levels it contains: more stars, more channels, more times win."""
    found: dict[tuple[str, str], int] = {}
    for content in [*own, *inherited]:
        key = (content.what, content.key)
        if content.what == "topic":
            found[key] = found.get(key, 0) | content.number
        else:
            found[key] = max(found.get(key, 0), content.number)
    return [Content(what, key, number) for (what, key), number in sorted(found.items())]


def reads(contents: Iterable[Content], kind: str, stars: int) -> bool:
    """Whether these contents allow a report of the kind (or its family) with so many stars."""
    family = kind.partition(".")[0]
    return any(
        content.what == "report_kind" and content.key in (kind, family) and stars <= content.number
        for content in contents
    )


@dataclass(frozen=True)
class Check:
    """One check of an application: ``needed`` ones refuse it, the others are hints for who decides."""

    name: str
    passed: bool
    needed: bool
    given: str
    wanted: str


def application_checks(
    *,
    assets: Decimal,
    suggested: Decimal,
    risk_valid_until: date | None,
    today: date,
    same_level: bool,
    active: bool,
) -> list[Check]:
    """What is looked at before the branch decides (G4, G11)."""
    return [
        Check("other_level", not same_level, True, "", ""),
        Check("level_active", active, True, "", ""),
        Check(
            "assessment_valid", risk_valid_until is not None and risk_valid_until >= today, True,
            risk_valid_until.isoformat() if risk_valid_until else "–", today.isoformat(),
        ),
        Check("suggested_assets", assets >= suggested, False, f"{assets:.2f}", f"{suggested:.2f}"),
    ]  # fmt: skip


def rate_within(rate: Decimal, least: Decimal, most: Decimal) -> bool:
    """Commission rates are per mille of turnover; the source's products lie between 1.8 and 3.0 (G2)."""
    return least <= rate <= most


def first_failed(checks: Sequence[Check]) -> Check | None:
    return next((check for check in checks if check.needed and not check.passed), None)
