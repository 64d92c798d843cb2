"""Server-drawn SVG: the same picture on the page and on paper, no script, no style attribute.

Sizes are SVG attributes, colours are classes of ``charts.css`` (``f1`` to ``f4`` brand steps, ``fg`` gold,
``fn1`` to ``fn4`` greys for what was not sent, ``fx`` late). All text goes through ``format_html``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

GAP = 0.18  # per cent of the width between two parts of a bar
LEAST = 0.6  # per cent: a part that exists is never too thin to see


def bar(
    parts: Sequence[tuple[str, float, str]], label: str, *, kind: str = "xl", total: float = 0
) -> SafeString:
    """One horizontal bar. ``parts`` are (css class, amount, words), ``label`` says all of it in words.

    With ``total`` greater than the sum the rest of the bar stays empty. Nothing in, an empty bar out.
    """
    shown = [(name, float(amount), words) for name, amount, words in parts if amount and float(amount) > 0]
    whole = max(float(total), sum(amount for _, amount, _ in shown)) or 1.0
    widths = [max(LEAST, 100 * amount / whole) for _, amount, _ in shown]
    over = sum(widths) / 100
    if over > 1:
        widths = [width / over for width in widths]
    rects, at = [], 0.0
    for (name, _amount, words), width in zip(shown, widths, strict=True):
        gap = GAP if len(shown) > 1 and width > 2 * GAP else 0
        rects.append((name, f"{at:.2f}%", f"{width - gap:.2f}%", words))
        at += width
    body = format_html_join("", '<rect class="{}" x="{}" width="{}"><title>{}</title></rect>', rects)
    return format_html('<svg class="bar {}" role="img" aria-label="{}">{}</svg>', kind, label, body)


def _points(values: Sequence[float | None], low: float, high: float) -> list[list[tuple[float, float]]]:
    """Values as points in a box of 100 × 100, y downwards; a gap (None) starts a new run."""
    reach = (high - low) or 1.0
    step = 100 / max(1, len(values) - 1)
    runs: list[list[tuple[float, float]]] = [[]]
    for index, value in enumerate(values):
        if value is None:
            runs.append([])
        else:
            runs[-1].append((index * step, 100 - 100 * (float(value) - low) / reach))
    return [run for run in runs if run]


def _path(run: Iterable[tuple[float, float]]) -> str:
    return " ".join(f"{x:.2f},{y:.2f}" for x, y in run)


def sparkline(values: Sequence[float | None], label: str) -> SafeString:
    """A line of 72 × 20 without axes. ``label`` says in words where it goes."""
    known = [float(value) for value in values if value is not None]
    if len(known) < 2:
        return mark_safe("")
    low, high = min(known), max(known)
    if low == high:
        low, high = low - 1, high + 1
    lines = format_html_join(
        "", '<polyline class="ln" points="{}"/>', ((_path(run),) for run in _points(values, low, high))
    )
    return format_html(
        '<svg class="spark" viewBox="0 0 100 100" preserveAspectRatio="none" '
        'role="img" aria-label="{}">{}</svg>',
        label,
        lines,
    )


def scale(low: float, high: float, lines: int = 4) -> list[float]:
    """Round grid values that hold ``low`` to ``high``: five at most, in steps of 1, 2 or 5."""
    reach = (high - low) or abs(high) or 1.0
    rough = reach / lines
    power = 1.0
    while power > rough:
        power /= 10
    while power * 10 <= rough:
        power *= 10
    for times in (1, 2, 5, 10, 20):
        step = power * times
        first = step * (low // step)
        steps = 1
        while first + steps * step < high - step * 1e-9:
            steps += 1
        if steps <= lines:
            return [round(first + index * step, 10) for index in range(steps + 1)]
    return [low, high]


def tick(value: float) -> str:
    """An axis value without needless noughts: ``500``, ``0.5``, ``1,200``."""
    text = f"{value:,.4f}".rstrip("0").rstrip(".")
    return "0" if text in {"-0", ""} else text


def _grid(values: Sequence[float]) -> SafeString:
    """Level lines at ``values``, lowest first; the zero line is stronger."""
    low, reach = values[0], values[-1] - values[0]
    heights = [(value, f"{100 - 100 * (value - low) / reach:.2f}") for value in values]
    return format_html_join(
        "",
        '<line class="{}" x1="0" x2="100" y1="{}" y2="{}"/>',
        (("z" if value == 0 else "g", height, height) for value, height in heights),
    )


def line_chart(
    series: Sequence[tuple[str, Sequence[float | None]]],
    axis: Sequence[str],
    label: str,
    *,
    size: str = "",
    unit: str = "",
) -> SafeString:
    """Lines over time. ``series`` are (name, values): the first is our own figure with an area, the second
    the benchmark, dashed, a third in gold. ``axis`` are the words below, first to last, evenly spread.
    ``size`` is ``s``, empty or ``xl``. Every series has as many values as the first; None is a gap.
    """
    known = [float(value) for _, values in series for value in values if value is not None]
    if not known:
        return mark_safe("")
    grid = scale(min(known), max(known))
    low, high = grid[0], grid[-1]
    words = format_html_join("", "<span>{}</span>", ((tick(value) + unit,) for value in reversed(grid)))
    lines = _grid(grid)
    drawn = []
    for index, (_name, values) in enumerate(series):
        kind = ("ln", "ln b", "ln g2")[min(index, 2)]
        for run in _points(values, low, high):
            if index == 0:
                base = 100 - 100 * (max(low, min(high, 0.0)) - low) / (high - low)
                area = f"{run[0][0]:.2f},{base:.2f} {_path(run)} {run[-1][0]:.2f},{base:.2f}"
                drawn.append(format_html('<polygon class="ar" points="{}"/>', area))
            drawn.append(format_html('<polyline class="{}" points="{}"/>', kind, _path(run)))
    below = format_html_join("", "<span>{}</span>", ((word,) for word in axis))
    keys = format_html_join(
        "",
        '<span><svg viewBox="0 0 16 10" aria-hidden="true">'
        '<line class="{}" x1="0" x2="16" y1="5" y2="5"/></svg>{}</span>',
        ((("ln", "ln b", "ln g2")[min(index, 2)], name) for index, (name, _values) in enumerate(series)),
    )
    return format_html(
        '<figure class="chart {}" role="img" aria-label="{}"><span class="y" aria-hidden="true">{}</span>'
        '<svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">{}{}</svg>'
        '<span class="x" aria-hidden="true">{}</span></figure><div class="key" aria-hidden="true">{}</div>',
        size,
        label,
        words,
        lines,
        mark_safe("".join(drawn)),  # noqa: S308 - each part was made by format_html
        below,
        keys,
    )


def column_chart(
    columns: Sequence[tuple[str, Sequence[tuple[str, float]]]], label: str, *, size: str = "s"
) -> SafeString:
    """Stacked columns. ``columns`` are (word below, [(css class, amount), …]), amounts not below zero."""
    highest = max((sum(amount for _, amount in parts) for _, parts in columns), default=0)
    if not columns or highest <= 0:
        return mark_safe("")
    grid = scale(0, float(highest))
    top = grid[-1]
    words = format_html_join("", "<span>{}</span>", ((tick(value),) for value in reversed(grid)))
    lines = _grid(grid)
    slot = 100 / len(columns)
    rects = []
    for index, (_word, parts) in enumerate(columns):
        at = 100.0
        for name, amount in parts:
            height = 100 * float(amount) / top
            at -= height
            rects.append(
                (name, f"{index * slot + slot * 0.2:.2f}", f"{at:.2f}", f"{slot * 0.6:.2f}", f"{height:.2f}")
            )
    body = format_html_join("", '<rect class="{}" x="{}" y="{}" width="{}" height="{}"/>', rects)
    below = format_html_join("", "<span>{}</span>", ((word,) for word, _ in columns))
    return format_html(
        '<figure class="chart {}" role="img" aria-label="{}"><span class="y" aria-hidden="true">{}</span>'
        '<svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">{}{}</svg>'
        '<span class="x mid" aria-hidden="true">{}</span></figure>',
        size,
        label,
        words,
        lines,
        body,
        below,
    )


def donut(parts: Sequence[tuple[str, float]], label: str, middle: str = "", below: str = "") -> SafeString:
    """A ring of at most five parts (css class, amount), with a figure and a word in its middle."""
    whole = sum(float(amount) for _, amount in parts) or 1.0
    rings, at = [], 0.0
    for name, amount in parts:
        share = 100 * float(amount) / whole
        rings.append((name, f"{max(0.0, share - 0.6):.2f} 100", f"{-at:.2f}"))
        at += share
    body = format_html_join(
        "",
        '<circle class="{}" cx="20" cy="20" r="16" pathLength="100" stroke-dasharray="{}" '
        'stroke-dashoffset="{}" transform="rotate(-90 20 20)"/>',
        rings,
    )
    return format_html(
        '<svg class="donut" viewBox="0 0 40 40" role="img" aria-label="{}">'
        '<circle class="bg" cx="20" cy="20" r="16"/>{}'
        '<text x="20" y="21">{}</text><text class="sub" x="20" y="26">{}</text></svg>',
        label,
        body,
        middle,
        below,
    )


def funnel(stages: Sequence[tuple[str, float]], label: str) -> SafeString:
    """How much is left stage by stage, from top to bottom. ``stages`` are (word, amount), the first the largest.

    Each stage says its amount and its share of the first; the shape narrows to the next one.
    """
    first = float(stages[0][1]) if stages else 0.0
    if first <= 0:
        return mark_safe("")
    widths = [100 * min(float(amount), first) / first for _, amount in stages]
    rows = []
    for index, (word, amount) in enumerate(stages):
        width = max(LEAST, widths[index]) if amount else 0.0
        below = widths[index + 1] if index + 1 < len(widths) else width
        points = (
            f"{50 - width / 2:.2f},0 {50 + width / 2:.2f},0 {50 + below / 2:.2f},100 {50 - below / 2:.2f},100"
        )
        rows.append((word, f"f{min(index + 1, 4)}", points, f"{float(amount):,.0f}", f"{widths[index]:.1f}%"))
    body = format_html_join(
        "",
        '<li><span>{}</span><svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">'
        '<polygon class="{}" points="{}"/></svg><span class="num"><b>{}</b> {}</span></li>',
        rows,
    )
    return format_html('<ol class="funnel" aria-label="{}">{}</ol>', label, body)


def interval(low: float, value: float, high: float, label: str, *, reach: float = 0) -> SafeString:
    """An interval with its middle on a line around zero: a bar that crosses the zero line says nothing for sure."""
    half = max(reach, abs(low), abs(high)) or 1.0

    def place(amount: float) -> float:
        return 50 + 48 * amount / half

    sure = "sure" if low > 0 or high < 0 else ""
    return format_html(
        '<svg class="interval {}" viewBox="0 0 100 20" preserveAspectRatio="none" role="img" aria-label="{}">'
        '<line class="z" x1="50" x2="50" y1="0" y2="20"/><line class="span" x1="{}" x2="{}" y1="10" y2="10"/>'
        '<line class="at" x1="{}" x2="{}" y1="4" y2="16"/></svg>',
        sure, label, f"{place(low):.2f}", f"{place(high):.2f}", f"{place(value):.2f}", f"{place(value):.2f}",
    )  # fmt: skip
