"""What is advice: a table of texts as managers write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maitian.outreach.advice_rules import find, flat

SECURITIES = [
    ("600030", "中信证券"), ("002500", "山西证券"), ("600519", "贵州茅台"), ("601099", "太平洋"), ("000591", "太阳能"), ("000100", "TCL科技"),
    ("600036", "招商银行"), ("000002", "万科A"),
]  # fmt: skip


@pytest.mark.requirement("T1")
@pytest.mark.parametrize(
    ("text", "security", "words"),
    [
        ("中信证券可以买入了", "中信证券", "买入"),
        ("建议您逢低关注山西证券", "山西证券", "逢低"),
        ("600519 明天会涨", "贵州茅台", "会涨"),
        ("山西证券(002500)目标价 6.20 元", "山西证券", "目标价"),
        ("贵州茅台跌到1,400元附近再说", "贵州茅台", "跌到"),
        ("贵州茅台 1400元附近是机会", "贵州茅台", "1400元附近"),
        ("招商银行评级上调至买入", "招商银行", "买入"),
        ("招商银行维持“增持”评级", "招商银行", "维持“增持"),
        ("中 信 证 券 赶 紧 卖", "中信证券", "赶紧卖"),
        ("中信-证券，加-仓！", "中信证券", "加仓"),
        ("６０００３０看好", "中信证券", "看好"),
        ("您的贵州茅台今日上涨 3%", "贵州茅台", "上涨"),
        ("tcl科技涨停了", "TCL科技", "涨停"),
        ("万科Ａ止损出来吧", "万科A", "止损"),
        ("I would buy 600030 now", "中信证券", "buy"),
        ("600036: target price 52", "招商银行", "target price"),
        ("太平洋这只股票可以买", "太平洋", "可以买"),
        ("太阳能(000591)先卖", "太阳能", "先卖"),
        ("600030\n\n明天把它清仓", "中信证券", "清仓"),
    ],
)
def test_a_security_and_a_direction_or_price_is_advice(text, security, words) -> None:
    found = find(text, SECURITIES)
    assert found is not None and (found.security, found.words) == (security, words)


@pytest.mark.parametrize(
    "text",
    [
        "您持有的中信证券今日发布年度报告，全文见交易所网站。",
        "您持有的山西证券(002500)因重大事项停牌，请留意公告。",
        "贵州茅台股东减持计划的公告已发布，请您查看。",
        "山西证券配股缴款期 11月24日 至 11月30日，请在期限内操作，逾期作废。",
        "您中签贵州茅台 500 股，应缴 16,840 元，请转到账户，截止 16:00。",
        "请把资金转到招商银行卡，合计 9,000 元。",
        "招商银行今日派发现金红利，每10股派20元。",
        "您的风险测评 11月30日 到期，请到网点或客户端重做。",
        "今晚系统维护，20:00 至 22:00 不能登录。",
        "下周三下午报告会，想来请回电。",
        "大盘今天上涨，成交放大。",  # a direction without a security
        "建议您更新联系电话",
        "太平洋彼岸的市场明天休市，老百姓关心的问题我们整理好了，可以买票参加讲座。",
        "本周券商板块走强",  # an industry is no security
        "电话 600030123 已改为新号",  # seven digits and more are no symbol
        "The branch is closed on Friday; please do not sell your ticket.",
        "",
    ],
)
def test_service_texts_are_no_advice(text) -> None:
    assert find(text, SECURITIES) is None


def test_gaps_hide_nothing_and_latin_words_keep_theirs() -> None:
    assert flat("中 信\u200b证_券　ＡＢＣ def") == "中信证券abc def"


@given(st.text(max_size=80))
def test_without_securities_nothing_is_advice_and_nothing_breaks(text) -> None:
    assert find(text, []) is None


@given(st.text(alphabet="证券今天通知您好，。1234567890 ", max_size=40))
def test_a_symbol_with_a_direction_is_found_wherever_it_stands(noise) -> None:
    text = f"{noise}。600030。买入。{noise}"
    found = find(text, SECURITIES)
    assert found is not None and found.words == "买入"
