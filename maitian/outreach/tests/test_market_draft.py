from __future__ import annotations

import re
from decimal import Decimal

import pytest

from maitian.clients.models import Price, Security
from maitian.outreach.queries.market import market_draft

pytestmark = pytest.mark.django_db


@pytest.fixture
def prices() -> None:
    """Two days of twelve securities in six industries and of the index; industry n moves by n − 3 per cent."""
    Price.objects.all().delete()
    Security.objects.all().delete()
    for industry in range(6):
        for n in range(3):
            symbol = f"6{industry}{n}000"
            Security.objects.create(
                symbol=symbol, exchange="SSE", name=f"股{symbol}", industry=f"行业{industry}"
            )
            Price.objects.create(symbol=symbol, day="2026-11-20", close=100, volume_lots=1)
            Price.objects.create(symbol=symbol, day="2026-11-23", close=97 + industry, volume_lots=10**6)
    Price.objects.create(symbol="CSI300", day="2026-11-20", close=4000)
    Price.objects.create(symbol="CSI300", day="2026-11-23", close=Decimal("4012.40"))


@pytest.mark.requirement("G12")
def test_the_draft_says_what_the_prices_say(prices: None) -> None:
    found = market_draft()
    assert found is not None and found.title == "收市综述 11月23日"
    assert "沪深300收于4,012.40点，涨0.31%" in found.text
    assert "18只证券中6只上涨、9只下跌" in found.text
    assert "成交约1,791亿元" in found.text  # 10^6 lots of 100 shares at 97..102, three of each
    assert "行业5（涨2.00%）、行业4（涨1.00%）、行业3（平盘）居前" in found.text
    assert "行业0（跌3.00%）、行业1（跌2.00%）、行业2（跌1.00%）居后" in found.text


def test_without_two_days_there_is_no_draft(prices: None, sign_in) -> None:
    Price.objects.filter(day="2026-11-20").delete()
    assert market_draft() is None
    answer = sign_in("editor").post(
        "/outreach/write/", {"topic": "market_summary", "title": "我写的", "text": "", "market": "1"}
    )
    page = answer.content.decode()
    assert "请先导入行情" in page and 'value="我写的"' in page


def test_the_draft_is_put_into_the_form_and_can_be_sent_as_it_is(sign_in) -> None:
    editor = sign_in("editor")
    page = editor.post(
        "/outreach/write/", {"topic": "market_summary", "title": "", "text": "", "market": "1"}
    ).content.decode()
    title = re.search(r'name="title" value="([^"]+)"', page)
    text = re.search(r"<textarea[^>]*>([^<]+)</textarea>", page)
    assert title is not None and text is not None and text[1].startswith("沪深300收于")
    answer = editor.post("/outreach/write/", {"topic": "market_summary", "title": title[1], "text": text[1]})
    assert answer.status_code == 302 and answer["Location"].startswith("/outreach/")


def test_other_topics_do_not_offer_it(sign_in) -> None:
    editor = sign_in("editor")
    assert "按收盘行情起草" in editor.get("/outreach/write/?topic=market_summary").content.decode()
    assert "按收盘行情起草" not in editor.get("/outreach/write/?topic=service_notice").content.decode()
