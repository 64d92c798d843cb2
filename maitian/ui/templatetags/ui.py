"""Tags and filters of the design language. A builtin library: no ``{% load %}`` anywhere.

Everything shown to a person goes through :mod:`maitian.ui.formats` (words) and :mod:`maitian.ui.charts`
(pictures); this file only fetches the active language and the present, and writes the markup.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from django import template
from django.template.context import Context
from django.template.loader_tags import BLOCK_CONTEXT_KEY
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from maitian.core import privacy
from maitian.ui import charts, formats

register = template.Library()

FILLED = {"wheat", "level-1", "level-2", "level-3"}
MARKS = {"over": "alert", "paused": "pause", "met": "check"}


# --- symbols and badges -------------------------------------------------------------------------------


@register.simple_tag
def icon(name: str, kind: str = "", label: str = "") -> SafeString:
    """A symbol of ``icons.svg``; ``kind``: ``s`` small, ``l`` large, ``w`` filled; a ``label`` is spoken."""
    return _icon(str(name), kind, str(label))


@lru_cache(maxsize=2_000)  # a page shows a hundred of a few dozen
def _icon(name: str, kind: str, label: str) -> SafeString:
    filled = "w" if name in FILLED and "w" not in kind.split() else ""
    classes = " ".join(part for part in ("i", kind, filled) if part)
    speaks = format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')
    return format_html(
        '<svg class="{}" {}><use href="{}#{}"/></svg>', classes, speaks, static("ui/icons.svg"), name
    )


def _bare(name: str) -> SafeString:
    """A symbol whose size and fill come from its badge."""
    return format_html('<svg aria-hidden="true"><use href="{}#{}"/></svg>', static("ui/icons.svg"), name)


@register.simple_tag
def icon_file() -> str:
    """The address of ``icons.svg``, for ``<use href="{% icon_file %}#furrows">``."""
    return static("ui/icons.svg")


@register.simple_tag
def level(value: Any) -> SafeString:
    """The badge of a level of service: an object with ``rank`` from 1 and ``title`` (or ``name``).

    Levels above the third wear its badge with their own name. None, or a level without a rank, is nothing: a
    client without a level carries no badge.
    """
    rank = getattr(value, "rank", None)
    if not isinstance(rank, int) or rank < 1:
        return mark_safe("")
    rank = min(rank, 3)
    title = getattr(value, "title", None) or getattr(value, "name", "")
    words = title() if callable(title) else title
    return format_html('<span class="level l{}">{}{}</span>', rank, _bare(f"level-{rank}"), words)


@register.simple_tag
def risk(code: str | None, name: str = "") -> SafeString:
    """The badge of a risk level (``R3``) or of a client's class (``C3``, with its name): says which it is."""
    if not code:
        return format_html('<span class="tag warn">{}</span>', _("没有风险等级"))
    if str(code).upper().startswith("C"):
        return format_html('<span class="risk">{}{} {}</span>', icon("shield", "s"), code, name)
    return format_html('<span class="risk"><span class="vh">{} </span>{} {}</span>', _("风险"), code, name)


@register.simple_tag
def stars(value: int | None, most: int = 5) -> SafeString:
    """``4`` → four stars of five, said in words to a reader."""
    if value is None:
        return format_html('<span class="mut">{}</span>', _("没有评级"))
    href = static("ui/icons.svg")
    drawn = format_html_join(
        "",
        '<svg class="i{}" aria-hidden="true"><use href="{}#star"/></svg>',
        (("" if index < int(value) else " no", href) for index in range(most)),
    )
    words = _("%(count)s 星") % {"count": int(value)}
    return format_html('<span class="stars" role="img" aria-label="{}">{}</span>', words, drawn)


@register.simple_tag
def clock(
    due: datetime | None,
    now: datetime | None = None,
    start: datetime | None = None,
    met: datetime | None = None,
    paused: Any = None,
    show: str = "",
) -> SafeString:
    """The badge of a deadline: grey pie, amber pie in the last fifth, triangle when late, tick when met.

    Bars when paused (``paused`` is the reason). ``show="at"`` says the moment (18:00 前), not what is left.
    """
    present = now or timezone.now()
    state, gone = formats.clock_state(due, present, start=start, met=met, paused=bool(paused))
    language = get_language()
    if state == "none":
        return format_html('<span class="clock paused">{}</span>', _("没有期限"))
    if state == "paused":
        words = str(paused) if paused and paused is not True else _("已暂停")
    elif state == "met":
        words = _("按时")
    elif met is not None:
        words = formats.left(due, met, language)
    elif state in ("due", "soon") and show == "at":
        words = _("%(moment)s 前") % {"moment": formats.when(due, present, language)}
    else:
        words = formats.left(due, present, language)
    if state in MARKS:
        mark = icon(MARKS[state])
    else:
        mark = format_html(
            '<svg viewBox="0 0 14 14" aria-hidden="true"><circle cx="7" cy="7" r="5"/>'
            '<circle cx="7" cy="7" r="5" pathLength="100" stroke-dasharray="{} 100" '
            'transform="rotate(-90 7 7)"/></svg>',
            gone,
        )
    return format_html('<span class="clock {}">{}{}</span>', state, mark, words)


# --- reading what a view hands over -------------------------------------------------------------------


@register.filter
def of(known: Mapping[Any, Any], key: Any) -> Any:
    """``{{ names|of:row.actor }}``: what a mapping knows of the key; nothing where it knows nothing."""
    return known.get(key, "") if known else ""


# --- tables -------------------------------------------------------------------------------------------


@register.simple_block_tag(end_name="endtable")
def table(
    content: str, caption: str, *columns: str, figures: str = "", kind: str = "", window: bool = True
) -> SafeString:
    """A table that becomes cards in a narrow box: the caption for readers, a heading for each column, rows between the tags.

    ``figures``: which columns hold figures and stand to the right, counted from 1: ``"3 4"``.
    ``window``: ``j`` and ``k`` go from row to row, as in every list that is a page of its own.
    """
    right = {int(place) for place in figures.split()}
    heads = format_html_join(
        "", '<th role="columnheader" scope="col"{}>{}</th>',
        ((mark_safe(' class="num"') if place in right else "", column) for place, column in enumerate(columns, 1)),
    )  # fmt: skip
    return format_html(
        '<div class="tbox"><table class="table cards{}" role="table"><caption class="vh">{}</caption>'
        '<thead role="rowgroup"><tr role="row">{}</tr></thead><tbody role="rowgroup"{}>{}</tbody></table></div>',
        f" {kind}" if kind else "", caption, heads, mark_safe(" data-rows") if window else "", content,
    )  # fmt: skip


# --- figures and moments ------------------------------------------------------------------------------


@register.filter
def money(value: Any, places: int = 2) -> str:
    """``1,284,506.30``. The unit stands in the label."""
    return formats.money(value, places)


@register.filter
def money_short(value: Any) -> str:
    """``528.4 万``, ``2.06 亿``; English ``¥5.28 m``."""
    return formats.money_short(value, get_language())


@register.filter
def count(value: Any) -> str:
    """``12,486``."""
    return formats.count(value)


@register.filter
def share(value: Any, places: int = 1) -> str:
    """A share of one: ``97.5%``."""
    return formats.share(value, places)


@register.filter
def per_mille(value: Any) -> str:
    """A rate of one: ``1.8‰``."""
    return formats.per_mille(value)


@register.filter
def change(value: Any, places: int = 2) -> SafeString:
    """A change of one with sign, arrow and market colour: red ▲ up, green ▼ down, plain at zero."""
    text = formats.change(value, places)
    kind = {"+": "rise up", "-": "fall down"}.get(text[0], "mut")
    return format_html('<span class="{} nb">{}</span>', kind, text)


@register.filter
def gain(value: Any, places: int = 2) -> SafeString:
    """An amount of money with sign, arrow and market colour: ``+12,730.00``."""
    text = formats.money(value, places)
    if text == formats.UNKNOWN or not text.strip("-0.,"):
        return format_html('<span class="mut nb">{}</span>', text.lstrip("-"))
    kind, sign = ("fall down", "") if text.startswith("-") else ("rise up", "+")
    return format_html('<span class="{} nb">{}{}</span>', kind, sign, text)


def _time(moment: datetime | None, words: str) -> SafeString:
    if moment is None:
        return format_html('<span class="mut">{}</span>', words)
    local = moment.astimezone(formats.SHANGHAI)
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        local.isoformat("T", "seconds"),
        f"{local:%Y-%m-%d %H:%M:%S}",
        words,
    )


@register.filter
def when(moment: datetime | None, now: datetime | None = None) -> SafeString:
    """``今天 10:42`` · ``昨天 15:20`` · ``11月18日`` · ``2025年11月18日``, the exact moment on hover."""
    return _time(moment, formats.when(moment, now or timezone.now(), get_language()))


@register.filter
def day(value: datetime | date | None, today: date | None = None) -> str:
    """``11月18日``, with the year when it is not this one."""
    present = today or timezone.now().astimezone(formats.SHANGHAI).date()
    return formats.day(value, present, get_language())


@register.filter
def clock_time(moment: datetime | None) -> str:
    """``10:42``, Shanghai."""
    return formats.UNKNOWN if moment is None else f"{moment.astimezone(formats.SHANGHAI):%H:%M}"


@register.filter
def left(due: datetime | None, now: datetime | None = None) -> str:
    """``剩 46 分`` / ``超时 12 分``."""
    return formats.left(due, now or timezone.now(), get_language())


@register.filter
def leaf_words(node: Any) -> str:
    """A leaf of a rule's value (``core.shapes.Node``) in words: yes and no, numbers with separators."""
    from maitian.core import rule_words, shapes

    return rule_words.leaf(shapes.leaf(node.text, node.kind))


@register.filter
def rule_key(key: str) -> str:
    """A key inside a longer value of a rule: ``points`` → ``分值``."""
    from maitian.core import rule_words

    return rule_words.name(key)


# --- personal data ------------------------------------------------------------------------------------


@register.filter
def mask_name(value: str | None) -> str:
    return privacy.mask_name(value) if value else formats.UNKNOWN


@register.filter
def mask_phone(value: str | None) -> str:
    return privacy.mask_phone(value) if value else formats.UNKNOWN


@register.filter
def mask_tail(value: str | None) -> str:
    return privacy.mask_tail(value) if value else formats.UNKNOWN


@register.filter
def mask_email(value: str | None) -> str:
    return privacy.mask_email(value) if value else formats.UNKNOWN


@register.filter
def initial(name: str | None) -> str:
    """The sign in a round face: the first character of a name."""
    return name.strip()[:1].upper() if name and name.strip() else "·"


# --- charts -------------------------------------------------------------------------------------------


@register.simple_tag
def verdict_bar(parts: Iterable[Sequence[Any]], kind: str = "xl", total: float = 0) -> SafeString:
    """A bar of (css class, count, label) parts; its ``aria-label`` says every part with its number."""
    listed = [(str(name), float(amount or 0), str(label)) for name, amount, label in parts]
    separator = ", " if formats.is_english(get_language()) else "，"
    words = separator.join(f"{label} {formats.count(amount)}" for _name, amount, label in listed)
    said = [(name, amount, f"{label} {formats.count(amount)}") for name, amount, label in listed]
    return charts.bar(said, words or _("没有数据"), kind=kind, total=total)


@register.simple_tag
def swatch(kind: str) -> SafeString:
    """The coloured square of a key, of the same css class as the part."""
    return format_html(
        '<svg class="sw" viewBox="0 0 10 10" aria-hidden="true">'
        '<rect class="{}" width="10" height="10"/></svg>',
        kind,
    )


@register.simple_tag
def sparkline(values: Sequence[float | None], label: str = "") -> SafeString:
    """A small line. Its words say first, last, and which way, unless ``label`` does."""
    known = [value for value in values if value is not None]
    if not label and known:
        way = _("上升") if known[-1] > known[0] else _("下降") if known[-1] < known[0] else _("持平")
        label = _("%(way)s，从 %(first)s 到 %(last)s") % {"way": way, "first": known[0], "last": known[-1]}
    return charts.sparkline(values, label)


@register.simple_tag
def line_chart(
    series: Any, axis: Sequence[str] = (), label: str = "", size: str = "", unit: str = ""
) -> SafeString:
    """Lines over time: ``series`` is [(name, values), …], ``axis`` the words below."""
    listed = [(str(name), list(values)) for name, values in series]
    if not label:
        pieces = []
        for name, values in listed:
            known = [value for value in values if value is not None]
            if known:
                pieces.append(
                    _("%(name)s从 %(first)s 到 %(last)s")
                    % {
                        "name": name + " ",
                        "first": charts.tick(float(known[0])),
                        "last": charts.tick(float(known[-1])),
                    }
                )
        label = ("; " if formats.is_english(get_language()) else "；").join(pieces)
    return charts.line_chart(listed, list(axis), label, size=size, unit=unit)


@register.simple_tag
def column_chart(columns: Any, label: str, size: str = "s") -> SafeString:
    """Stacked columns: [(word below, [(css class, amount), …]), …]."""
    return charts.column_chart(list(columns), label, size=size)


@register.simple_tag
def donut(parts: Any, label: str, middle: str = "", below: str = "") -> SafeString:
    """A ring of (css class, amount) parts with a figure in its middle."""
    return charts.donut(list(parts), label, middle, below)


@register.simple_tag
def funnel(stages: Any, label: str = "") -> SafeString:
    """What is left stage by stage: [(word, amount), …], the first one the largest."""
    listed = [(str(word), float(amount)) for word, amount in stages]
    separator = ", " if formats.is_english(get_language()) else "，"
    words = separator.join(f"{word} {formats.count(amount)}" for word, amount in listed)
    return charts.funnel(listed, label or words)


@register.simple_tag
def interval_bar(low: float, value: float, high: float, reach: float = 0) -> SafeString:
    """An interval of a difference of two shares, around zero, up to ``reach``; said in percentage points."""
    label = _("%(value)s，区间 %(low)s 到 %(high)s（百分点）") % {
        "low": f"{100 * low:.2f}", "value": f"{100 * value:.2f}", "high": f"{100 * high:.2f}"
    }  # fmt: skip
    return charts.interval(low, value, high, label, reach=reach)


# --- forms --------------------------------------------------------------------------------------------


@register.filter
def as_input(field: Any) -> SafeString:
    """The widget of a bound field in our look; Django adds ``aria-invalid`` and its like."""
    classes = f"{field.field.widget.attrs.get('class', '')} input".strip()
    return field.as_widget(attrs={"class": classes})


# --- pages --------------------------------------------------------------------------------------------


@register.simple_tag(takes_context=True)
def query(context: Context, **changes: Any) -> str:
    """This page's address with changed parameters; None or an empty text takes one out.

    ``{% query status="open" page=None %}``. A change of filter drops ``page``, ``after`` and ``before``.
    """
    request = context["request"]
    values = request.GET.copy()
    if not {"page", "after", "before"} & changes.keys():
        changes = {"page": None, "after": None, "before": None} | changes
    for name, value in changes.items():
        if value is None or value == "":
            values.pop(name, None)
        else:
            values[name] = str(value)
    return f"{request.path}?{values.urlencode()}" if values else request.path


@register.simple_tag(takes_context=True)
def again(context: Context, name: str) -> SafeString:
    """The content of a block once more: a page sets ``title`` once, and tab and heading both show it."""
    blocks = context.render_context.get(BLOCK_CONTEXT_KEY)
    block = blocks.get_block(name) if blocks else None
    if block is None:
        return mark_safe("")
    with context.push():
        return block.nodelist.render(context)


@register.filter
def split_words(text: str) -> list[str]:
    """``"f1 f2"`` as a list, for a loop over fixed names."""
    return text.split()


@register.simple_tag
def page_language() -> str:
    """The value of ``<html lang>``."""
    return "en" if formats.is_english(get_language()) else "zh-CN"


@register.filter
def other_language(_value: Any = None) -> str:
    """The code of the language that a page offers to switch to."""
    return "zh-hans" if formats.is_english(get_language()) else "en"
