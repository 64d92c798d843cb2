"""What a branch asks of a client, each question one piece of SQL on a member ``m`` (and his record ``c``)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from maitian.clients import conditions
from maitian.core import time as business_time

Events = Mapping[str, Sequence[int]]  # step → the events of its sends


@dataclass(frozen=True)
class Ask:
    """``sql(step, events)`` gives a condition and its parameters; ``of_step``: it is about an earlier send."""

    name: str
    words: Any
    question: Callable[[Mapping[str, Any], Callable[[str], str]], str]
    sql: Callable[[Mapping[str, Any], Events], tuple[str, dict[str, Any]]]
    of_step: bool = False


def _message(
    states: str, channel: str = ""
) -> Callable[[Mapping[str, Any], Events], tuple[str, dict[str, Any]]]:
    def compiled(step: Mapping[str, Any], events: Events) -> tuple[str, dict[str, Any]]:
        return (
            "EXISTS (SELECT 1 FROM outreach_message g WHERE g.client_id = m.client_id AND g.event_id = ANY(%(ask_events)s)"
            f" AND g.state IN ({states}){channel})",
            {"ask_events": list(events.get(step["of"], ()))},
        )

    return compiled


def _since(table: str, more: str = "") -> Callable[[Mapping[str, Any], Events], tuple[str, dict[str, Any]]]:
    return lambda _step, _events: (
        f"EXISTS (SELECT 1 FROM {table} x WHERE x.client_id = m.client_id AND x.at >= m.entered_at{more})",
        {},
    )


def _done(_step: Mapping[str, Any], _events: Events) -> tuple[str, dict[str, Any]]:
    return "m.done_at IS NOT NULL", {}


def _meets(step: Mapping[str, Any], _events: Events) -> tuple[str, dict[str, Any]]:
    sql, values = conditions.compile_tree(step["tree"], today=business_time.today(), alias="c", prefix="ask")
    return f"coalesce(({sql}), false)", values


ASKS = {
    ask.name: ask
    for ask in (
        Ask(
            "opened", lazy("打开了收件箱里的消息"), lambda step, name: _("打开了“%(step)s”的消息吗") % {"step": name(step["of"])},
            _message("4", " AND g.channel = 0"), True,
        ),
        Ask(
            "reached", lazy("消息送到了"), lambda step, name: _("“%(step)s”的消息送到了吗") % {"step": name(step["of"])},
            _message("2, 4"), True,
        ),
        Ask("replied", lazy("回了短信"), lambda _step, _name: _("进入活动以后回过短信吗"), _since("clients_inboundtext", " AND x.meaning <> 'opt_out'")),
        Ask("traded", lazy("做了交易"), lambda _step, _name: _("进入活动以后做过交易吗"), _since("clients_trade")),
        Ask("done", lazy("达成了目标"), lambda _step, _name: _("达成目标了吗"), _done),
        Ask("meets", lazy("符合条件"), lambda step, _name: _("现在符合：%(conditions)s") % {"conditions": conditions.sentence(step["tree"]) if step.get("tree") else "–"}, _meets),
    )
}  # fmt: skip
