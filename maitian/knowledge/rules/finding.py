"""Which words of a client's sentence ask for an article, and how much each of them says. Pure.

A search asks for every word (``core.search.query``). A suggestion is made from a sentence in which most words mean
nothing, so it asks for some of them: the rarest, each with the weight ``ln(1 + articles / articles that hold it)``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from math import log

from maitian.core.search import HAN, WORD

# Pairs that stand in any sentence, in whatever matter. Single characters are never asked for.
EMPTY = frozenset(
    [
        "怎么",
        "什么",
        "可以",
        "我的",
        "请问",
        "您好",
        "你好",
        "谢谢",
        "一下",
        "没有",
        "这个",
        "那个",
        "就是",
        "不是",
        "还是",
        "如何",
        "多少",
        "是不",
        "不知",
        "知道",
        "想问",
        "问一",
        "时候",
        "现在",
        "已经",
        "我想",
        "帮我",
        "麻烦",
        "老师",
        "你们",
        "我们",
        "他们",
        "因为",
        "所以",
        "如果",
        "但是",
        "或者",
        "一个",
        "的时",
        "了吗",
        "吗谢",
        "么办",
        "办呢",
        "能不",
        "不能",
        "能否",
        "是否",
        "为什",
        "么样",
        "怎样",
        "问下",
        "下我",
        "我在",
        "在你",
        "的是",
    ]
)
MOST_TERMS = 12  # asked for at once
MOST_HITS = 3_000  # articles that the chosen words may bring together
COMMON = 0.2  # a word that more than this share of the articles holds says nothing
SMALL = 50  # of so few articles every word is asked for


def terms(text: str, most: int = 120) -> list[str]:
    """Pairs of Chinese characters and Latin words of a text that can mean something, in their order, each once."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    found: dict[str, None] = {}
    for match in re.finditer(f"{HAN.pattern}|{WORD.pattern}", folded):
        run = match[0]
        pairs = [run[i : i + 2] for i in range(len(run) - 1)] if HAN.fullmatch(run) else [run]
        for pair in pairs:
            if pair not in EMPTY and 1 < len(pair) <= 30:
                found[pair] = None
            if len(found) >= most:
                return list(found)
    return list(found)


def chosen(asked: Sequence[str], holding: Mapping[str, int], total: int) -> list[tuple[str, float]]:
    """The rarest of the asked words with their weights.

    ``holding``: in how many articles each word stands; ``total``: how many articles there are.
    """
    limit = total if total <= SMALL else total * COMMON
    known = sorted(
        (holding[term], term) for term in dict.fromkeys(asked) if 0 < holding.get(term, 0) <= limit
    )
    found: list[tuple[str, float]] = []
    hits = 0
    for count, term in known[:MOST_TERMS]:
        if found and hits + count > MOST_HITS:
            break
        hits += count
        found.append((term, log(1 + total / count)))
    return found


PRIVATE = re.compile(r"\d{5,}|@")  # numbers of a phone, an account, an id document; an address
LONGEST = 40
SIGNS = re.compile(r"[^0-9a-z㐀-䶿一-鿿𠀀-𯨟%‰.]+")


def question(text: str) -> str:
    """A search that found nothing as it is counted: folded, without signs; empty when it is not to be kept.

    Not kept: what is too short or too long to be a question, and whatever could be a person's number or address.
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    if PRIVATE.search(folded):
        return ""
    bare = SIGNS.sub(" ", folded).strip()
    if not 2 <= len(bare) <= LONGEST or not (HAN.search(bare) or re.search("[a-z]{3}", bare)):
        return ""
    return bare
