"""When a text is investment advice: it names a security and a direction or a price.

Rules file of the field, chapter 4: who writes it does not decide what it is. Advice needs a registered adviser, an
agreement in force, a risk within the client's class, the risk sentence and the archive; a text that only repeats a
public announcement is service. The finder is strict: a fact about a price ("rose 3 %") beside a security counts, too.
A refusal quotes both words, so that whoever wrote it sees what to change.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

# Names of securities that are ordinary words as well: they count only where they are said to be a share.
EVERYDAY = frozenset(
    {
        "太平洋",
        "太阳能",
        "机器人",
        "老百姓",
        "好想你",
        "新世界",
        "好当家",
        "黑芝麻",
        "徐家汇",
        "东阳光",
        "大众公用",
        "国际医学",
    }
)
GAPS = re.compile(r"[\s\u200b-\u200f\u2060\ufeff·•\-_*~]+")  # set between signs to hide a word
SYMBOL = re.compile(r"(?<!\d)\d{6}(?!\d)")
PRICE = r"\d{1,4}(?:\.\d{1,3})?(?:元|块)"  # a share's price, not an amount to pay
DIRECTIONS = tuple(
    re.compile(pattern)
    for pattern in (
        # to do something
        r"买入|买进|卖出|抛出|抛售|抛掉|加仓|减仓|建仓|清仓|补仓|满仓|重仓|轻仓|空仓|增仓|调仓|进场|入场|离场|上车|下车|抄底|逃顶|低吸|高抛|追高|追涨|杀跌|割肉|止损|止盈|持股待涨|拿住别动|捂股",
        r"(?:可以?|建议|应该?|该|快|赶紧|马上|适合|值得|能|先|趁.{0,4})(?:买|卖|抛|持有|关注|配置|布局|介入|申购)",
        r"(?:买|卖)点|逢(?:低|高)|布局(?:机会|良机)|机会难得|推荐(?!函)|荐股|首选",
        r"(?:评级|建议|给予|维持|上调|下调|调升|调降).{0,8}(?:增持|减持|买入|卖出|中性|持有|推荐)|继续持有",
        # what the price will do or did
        r"看(?:好|多|空|涨|跌|高|低|淡)|(?:会|要|将|可能|有望|还能|还会|必|大概率)(?:大)?(?:涨|跌)|上涨|下跌|大涨|大跌|暴涨|暴跌|涨停|跌停|涨幅|跌幅|走强|走弱|领涨|领跌",
        r"(?:涨|跌|升)(?:到|至|破|超)|突破|反弹|回调|拉升|主升浪|见底|见顶|翻倍|翻番|利好|利空|上行空间|上涨空间|下行风险",
        # where it stands or will stand
        r"目标(?:价|位)|支撑位?|压力位|阻力位|(?:买入|卖出|止损|成本|合理)价|估值(?:偏低|偏高|洼地)|低估|高估",
        rf"(?:股价|现价|价格|价位|报|站上|站稳|守住|跌破|涨破|回到|摸到|看到|到|至|破){PRICE}|{PRICE}(?:附近|以下|以上|左右|下方|上方|一线|上下|之下|之上)",
        # English
        r"\b(?:buy|sell|overweight|underweight|outperform|underperform|accumulate|bullish|bearish|upside|downside|target price|stop loss|take profit|rally|rallied|surge[ds]?|plunge[ds]?|go long|go short)\b",
    )
)  # fmt: skip


@dataclass(frozen=True)
class Advice:
    """Why a text is advice: the security that it names and the words of direction or price, as they were found."""

    symbol: str
    security: str
    words: str


def flat(text: str) -> str:
    """The text without the gaps that hide words: one width, one case, no spaces between Chinese signs."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    # A gap between Latin words or numbers is a gap; anywhere else it hides something.
    return GAPS.sub(
        lambda gap: " " if _latin(folded, gap.start() - 1) and _latin(folded, gap.end()) else "", folded
    )


def _latin(text: str, place: int) -> bool:
    return 0 <= place < len(text) and text[place].isascii() and text[place].isalnum()


def find(text: str, securities: Iterable[tuple[str, str]]) -> Advice | None:
    """Why the text is advice, or ``None``. ``securities`` are ``(symbol, name)`` of everything that can be named."""
    bare = flat(text)
    words = _direction(bare)
    if words is None:
        return None
    symbols = set(SYMBOL.findall(bare))
    for symbol, name in securities:
        if symbol in symbols or _names(bare, unicodedata.normalize("NFKC", name).casefold().replace(" ", "")):
            return Advice(symbol, name, words)
    return None


def _names(bare: str, name: str) -> bool:
    if len(name) < 2 or name not in bare:
        return False
    if name not in EVERYDAY:
        return True
    return (
        re.search(re.escape(name) + r"(?:\(|股|a股|这只|那只)|(?:股票|个股)[“\"']?" + re.escape(name), bare)
        is not None
    )


def _direction(bare: str) -> str | None:
    for pattern in DIRECTIONS:
        found = pattern.search(bare)
        if found:
            return found.group()
    return None
