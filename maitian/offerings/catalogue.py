"""What a level may contain: kinds of reports, topics, an adviser, quotas. Higher rooms bring theirs.

The library registers its taxonomy and outreach its topics when they are ready, so that a new kind or topic can
be put into a level without a change here. A quota is a number of times a month; the room that gives the service
counts it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Item:
    """One thing that can be ticked: ``code`` is stored, ``parts`` are its finer kinds."""

    code: str
    zh: str
    en: str
    parts: tuple[Item, ...] = ()

    @property
    def title(self) -> str:
        return self.en if (get_language() or "").startswith("en") else self.zh


Provider = Callable[[], list[Item]]
CHANNELS = ((1, _("收件箱")), (2, _("短信")), (4, _("邮件")), (8, _("电话")))
ADVISER = Item("personal", "专属投资顾问", "A personal adviser")
MOST_STARS = 5
MOST_TIMES = 1000  # of a quota in a month
_report_kinds: list[Provider] = []
_topics: list[Provider] = []
_quotas: dict[str, Item] = {
    item.code: item
    for item in (
        Item("consultation", "投资咨询", "Consultations"),
        Item("meeting", "面谈", "Meetings"),
        Item("briefing", "投资报告会席位", "Seats at briefings"),
    )
}


def provide_report_kinds(provider: Provider) -> None:
    """``provider()`` gives the families of reports, each with its kinds as parts."""
    _report_kinds[:] = [provider]


def provide_topics(provider: Provider) -> None:
    """``provider()`` gives the topics that a level can contain."""
    _topics[:] = [provider]


def provide_quota(item: Item) -> None:
    """Another service that is given so many times a month."""
    _quotas[item.code] = item


def report_kinds() -> list[Item]:
    return [item for provider in _report_kinds for item in provider()]


def topics() -> list[Item]:
    return [item for provider in _topics for item in provider()]


def quotas() -> list[Item]:
    return list(_quotas.values())


def known() -> dict[str, dict[str, Item]]:
    """What → code → item, for checks and for words."""
    kinds = report_kinds()
    return {
        "report_kind": {item.code: item for family in kinds for item in (family, *family.parts)},
        "topic": {item.code: item for item in topics()},
        "adviser": {ADVISER.code: ADVISER},
        "quota": dict(_quotas),
    }
