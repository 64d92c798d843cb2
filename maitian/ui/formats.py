"""How figures and moments read, in Chinese and English. Pure: language and the present come in.

Language is ``zh-hans`` or ``en`` (anything beginning with ``en`` counts as English). Unknown (``None``)
always reads ``–``, never 0. Moments are aware; they are shown in Asia/Shanghai.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
UNKNOWN = "–"
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
Number = Decimal | int | float | str


def is_english(language: str | None) -> bool:
    return bool(language) and str(language).startswith("en")


def exact(value: Number, places: int) -> Decimal:
    """``value`` rounded half up (as money is), to ``places`` after the point."""
    return Decimal(str(value)).quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


def money(value: Number | None, places: int = 2) -> str:
    """``1284506.3`` → ``1,284,506.30``. The unit (元) stands in the label."""
    return UNKNOWN if value is None or value == "" else f"{exact(value, places):,}"


def money_short(value: Number | None, language: str | None = None) -> str:
    """``5284000`` → ``528.4 万``, ``206000000`` → ``2.06 亿``; English ``¥5.28 m``, ``¥206 m``."""
    if value is None or value == "":
        return UNKNOWN
    amount = Decimal(str(value))
    sign, size = ("-" if amount < 0 else ""), abs(amount)
    if is_english(language):
        for limit, unit in ((Decimal(10) ** 9, "bn"), (Decimal(10) ** 6, "m"), (Decimal(10) ** 3, "k")):
            # Rounding may lift a figure over the next limit: 999,999 is 1 m, not 1,000 k.
            if size >= limit * Decimal("0.9995"):
                return f"{sign}¥{_three(size / limit)} {unit}"
        return f"{sign}¥{exact(size, 0)}"
    if size >= Decimal("99_995_000"):
        return f"{sign}{exact(size / 10**8, 2):,} 亿"
    if size >= Decimal("9_995"):
        return f"{sign}{exact(size / 10**4, 1):,} 万"
    return f"{sign}{exact(size, 0):,}"


def _three(size: Decimal) -> str:
    """Three figures: 5.28, 52.8, 528; a figure that is round needs no noughts after the point."""
    places = 2 if size < 10 else 1 if size < 100 else 0
    text = f"{exact(size, places):,}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def count(value: Number | None) -> str:
    """``12486`` → ``12,486``."""
    return UNKNOWN if value is None or value == "" else f"{int(Decimal(str(value))):,}"


def share(value: Number | None, places: int = 1) -> str:
    """A share of one as per cent: ``0.975`` → ``97.5%``."""
    return UNKNOWN if value is None or value == "" else f"{exact(Decimal(str(value)) * 100, places)}%"


def change(value: Number | None, places: int = 2) -> str:
    """A change of one as per cent with its sign: ``+1.86%``, ``-0.41%``, at nothing ``0.00%``."""
    if value is None or value == "":
        return UNKNOWN
    rounded = exact(Decimal(str(value)) * 100, places)
    return f"{abs(rounded)}%" if rounded == 0 else f"{rounded:+,}%"


def per_mille(value: Number | None) -> str:
    """A rate of one as per mille: ``0.0018`` → ``1.8‰``."""
    if value is None or value == "":
        return UNKNOWN
    text = f"{exact(Decimal(str(value)) * 1000, 3)}".rstrip("0")
    return (text + "0" if text.endswith(".") else text) + "‰"


def day(value: datetime | date | None, today: date, language: str | None = None) -> str:
    """``11月18日``, with the year when it is not this one; English ``18 Nov``."""
    if value is None:
        return UNKNOWN
    on = value.astimezone(SHANGHAI).date() if isinstance(value, datetime) else value
    year = "" if on.year == today.year else str(on.year)
    if is_english(language):
        return f"{on.day} {MONTHS[on.month - 1]} {year}".strip()
    return f"{year + '年' if year else ''}{on.month}月{on.day}日"


def when(moment: datetime | None, now: datetime, language: str | None = None) -> str:
    """``今天 10:42`` · ``昨天 15:20`` · ``11月18日`` · ``2025年11月18日``.

    English ``10:42`` · ``Yesterday 15:20`` · ``18 Nov`` · ``18 Nov 2025``.

    Tomorrow keeps its time as well. Other days show none: hang the exact moment on a ``<time>``.
    """
    if moment is None:
        return UNKNOWN
    local, today = moment.astimezone(SHANGHAI), now.astimezone(SHANGHAI).date()
    named = {0: ("今天", ""), -1: ("昨天", "Yesterday"), 1: ("明天", "Tomorrow")}
    words = named.get((local.date() - today).days)
    if words is None:
        return day(local.date(), today, language)
    return f"{words[1] if is_english(language) else words[0]} {local:%H:%M}".strip()


def span(length: timedelta, language: str | None = None) -> str:
    """``46 分`` · ``5 时 18 分`` · ``2 天`` (whole days from 48 hours on); ``46 min`` · ``5 h 18 min``."""
    minutes = int(abs(length).total_seconds() // 60)
    english = is_english(language)
    if minutes < 60:
        return f"{minutes} min" if english else f"{minutes} 分"
    if minutes < 48 * 60:
        hours, rest = divmod(minutes, 60)
        if english:
            return f"{hours} h {rest} min" if rest else f"{hours} h"
        return f"{hours} 时 {rest} 分" if rest else f"{hours} 时"
    days = minutes // (24 * 60)
    return (f"{days} day" if days == 1 else f"{days} days") if english else f"{days} 天"


def left(due: datetime | None, now: datetime, language: str | None = None) -> str:
    """``剩 46 分`` or ``超时 12 分``; English ``46 min left``, ``12 min late``."""
    if due is None:
        return UNKNOWN
    late = due < now
    text = span(due - now, language)
    if is_english(language):
        return f"{text} late" if late else f"{text} left"
    return f"{'超时' if late else '剩'} {text}"


def clock_state(
    due: datetime | None,
    now: datetime,
    *,
    start: datetime | None = None,
    met: datetime | None = None,
    paused: bool = False,
) -> tuple[str, int]:
    """State of a clock (``due``, ``soon``, ``over``, ``paused``, ``met``, ``none``) and per cent gone.

    Soon is the last fifth of the time; without a start, the last 30 minutes (and the share is guessed
    against a working day of 8 hours). Met after it was due is ``over``.
    """
    if due is None:
        return ("paused" if paused else "met" if met else "none"), 0
    if met is not None:
        return ("met" if met <= due else "over"), 100
    if paused:
        return "paused", 0
    if now > due:
        return "over", 100
    total = (due - start) if start and start < due else timedelta(hours=8)
    gone = min(100, max(0, round(100 * (1 - (due - now) / total))))
    soon = gone >= 80 if start and start < due else due - now <= timedelta(minutes=30)
    return ("soon" if soon else "due"), gone
