"""Tags and filters as a page shows them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import translation

from maitian.ui import charts

NOW = datetime(2026, 11, 24, 2, 42, tzinfo=UTC)


@dataclass
class Level:
    rank: int
    title: str


def shown(text: str, **facts: Any) -> str:
    return Template(text).render(Context(facts))


def words(markup: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", markup)).strip()


@pytest.mark.requirement("G3")
@pytest.mark.parametrize(("rank", "name"), [(1, "金通道"), (2, "金智慧"), (3, "金锦囊")])
def test_each_level_has_its_own_badge(rank: int, name: str) -> None:
    markup = shown("{% level level %}", level=Level(rank, name))
    assert f"level l{rank}" in markup
    assert f"#level-{rank}" in markup
    assert words(markup) == name


def test_a_client_without_a_level_carries_no_badge() -> None:
    assert shown("{% level level %}", level=None) == ""


def test_symbols_are_silent_unless_they_carry_the_meaning() -> None:
    assert 'aria-hidden="true"' in shown('{% icon "clock" %}')
    assert 'aria-label="锁着"' in shown('{% icon "lock" label="锁着" %}')
    assert 'class="i w"' in shown('{% icon "wheat" "w" %}')
    assert 'class="i w"' in shown('{% icon "wheat" %}')


@pytest.mark.parametrize(
    ("minutes", "state", "text"),
    [(180, "due", "剩 3 时"), (12, "soon", "剩 12 分"), (-5, "over", "超时 5 分")],
)
def test_a_clock_says_its_state_in_words_and_shape(minutes: int, state: str, text: str) -> None:
    markup = shown(
        "{% clock due now start %}",
        due=NOW + timedelta(minutes=minutes),
        now=NOW,
        start=NOW - timedelta(hours=4),
    )
    assert f'class="clock {state}"' in markup
    assert words(markup) == text
    assert "<svg" in markup, "never by colour alone"


def test_a_clock_that_stands_still_says_why() -> None:
    markup = shown('{% clock due now paused="等客户" %}', due=NOW, now=NOW + timedelta(days=1))
    assert 'class="clock paused"' in markup
    assert words(markup) == "等客户"


def test_a_clock_can_name_the_moment_and_the_lateness_of_what_is_done() -> None:
    due = NOW + timedelta(hours=7, minutes=18)
    assert words(shown('{% clock due now show="at" %}', due=due, now=NOW)) == "今天 18:00 前"
    late = shown(
        "{% clock due now met=met %}", due=NOW, now=NOW + timedelta(days=3), met=NOW + timedelta(minutes=9)
    )
    assert words(late) == "超时 9 分"


def test_rise_is_red_with_an_arrow_and_nothing_is_plain() -> None:
    assert shown("{{ value|change }}", value=0.0183) == '<span class="rise up nb">+1.83%</span>'
    assert shown("{{ value|change }}", value=-0.0041) == '<span class="fall down nb">-0.41%</span>'
    assert shown("{{ value|change }}", value=0) == '<span class="mut nb">0.00%</span>'
    assert "rise" in shown("{{ value|gain }}", value=12)
    assert "mut" in shown("{{ value|gain }}", value=0)


def test_a_moment_keeps_its_exact_time_for_those_who_ask() -> None:
    markup = shown("{{ moment|when:now }}", moment=NOW - timedelta(days=400), now=NOW)
    assert words(markup) == "2025年10月20日"
    assert 'datetime="2025-10-20T10:42:00+08:00"' in markup


def test_personal_data_is_masked() -> None:
    assert shown('{{ "13812342096"|mask_phone }}') == "138****2096"
    assert shown('{{ "310101199001014471"|mask_tail }}') == "****4471"
    assert shown("{{ nothing|mask_name }}", nothing=None) == "–"


def test_the_verdict_bar_says_every_part_with_its_number() -> None:
    parts = [("f1", 8330, "已发"), ("fg", 642, "等 14:00"), ("fn1", 0, "没有地址")]
    markup = shown("{% verdict_bar parts %}", parts=parts)
    assert 'aria-label="已发 8,330，等 14:00 642，没有地址 0"' in markup
    assert markup.count("<rect") == 2, "a part of nobody takes no room, but is said"
    with translation.override("en"):
        assert "8,330, " in shown("{% verdict_bar parts %}", parts=parts)


def test_a_bar_is_full_and_never_wider() -> None:
    markup = charts.bar([("f1", 1_000_000, "a"), *(("fn1", 1, "b") for _ in range(30))], "label")
    widths = [float(width) for width in re.findall(r'width="([\d.]+)%"', markup)]
    starts = [float(start) for start in re.findall(r'x="([\d.]+)%"', markup)]
    assert len(widths) == 31
    assert max(start + width for start, width in zip(starts, widths, strict=True)) <= 100.5


def test_labels_of_charts_cannot_carry_markup() -> None:
    markup = shown("{% verdict_bar parts %}", parts=[("f1", 1, '"><script>alert(1)</script>')])
    assert "<script" not in markup
    markup = shown("{% line_chart series axis %}", series=[("<b>x</b>", [1, 2])], axis=["<i>"])
    assert "<b>" not in markup
    assert "<i>" not in markup


def test_a_line_chart_says_where_it_goes_and_bears_gaps() -> None:
    markup = shown(
        "{% line_chart series axis %}", series=[("总资产", [512, None, 530, 528])], axis=["1日", "4日"]
    )
    assert "总资产 从 512 到 528" in markup
    assert markup.count("<polyline") == 2, "a gap is not bridged"
    assert shown("{% line_chart series %}", series=[("空", [])]) == ""
    assert "<polyline" in shown("{% line_chart series %}", series=[("平", [5, 5])])


@pytest.mark.parametrize(
    ("low", "high"), [(512, 549), (0, 402), (-3.2, 8.7), (0.001, 0.0018), (5, 5), (-10, -2), (0, 1e9)]
)
def test_a_grid_is_round_and_holds_everything(low: float, high: float) -> None:
    grid = charts.scale(low, high)
    assert grid[0] <= low
    assert grid[-1] >= high
    assert 2 <= len(grid) <= 5


def test_a_sparkline_needs_two_points() -> None:
    assert shown("{% sparkline values %}", values=[1]) == ""
    assert "上升，从 3 到 8" in shown("{% sparkline values %}", values=[3, 5, 8])


def test_stars_and_risks_are_said() -> None:
    assert 'aria-label="4 星"' in shown("{% stars 4 %}")
    assert words(shown('{% risk "R3" %}')) == "风险 R3"
    assert words(shown('{% risk "C3" "稳健型" %}')) == "C3 稳健型"
    assert words(shown('{% risk "" %}')) == "没有风险等级"


def test_an_address_changes_one_parameter_and_starts_again_at_page_one() -> None:
    request = RequestFactory().get("/reports/", {"q": "银行", "page": "4", "status": "open"})
    page = {"request": request}
    assert shown('{% query status="closed" %}', **page) == "/reports/?q=%E9%93%B6%E8%A1%8C&amp;status=closed"
    assert shown("{% query status=None q=None %}", **page) == "/reports/"
    assert "page=5" in shown("{% query page=5 %}", **page)


def test_a_funnel_narrows_and_says_every_stage() -> None:
    found = charts.funnel([("进入", 200), ("发出", 150), ("打开", 0)], "进入 200")
    assert found.count("<li>") == 3 and "75.0%" in found and "12.50,0 87.50,0 50.00,100 50.00,100" in found
    assert 'aria-label="进入 200"' in found and "style=" not in found
    assert charts.funnel([("进入", 0)], "") == "" and charts.funnel([], "") == ""


def test_an_interval_that_crosses_zero_is_not_sure() -> None:
    sure, unsure = charts.interval(0.01, 0.05, 0.1, "x"), charts.interval(-0.01, 0.05, 0.1, "x", reach=0.2)
    assert 'class="interval sure"' in sure and "sure" not in unsure
    assert 'x1="54.80" x2="98.00"' in sure and 'x1="47.60" x2="74.00"' in unsure
    assert charts.interval(0, 0, 0, "x")


def test_a_table_has_its_caption_and_a_heading_for_each_column_and_keeps_what_is_typed_harmless() -> None:
    markup = shown(
        '{% table title "证券" "市值" figures="2" kind="rules" %}<tr role="row"><td role="cell">{{ cell }}</td></tr>{% endtable %}',
        title="持仓 <b>",
        cell="<script>",
    )
    assert '<caption class="vh">持仓 &lt;b&gt;</caption>' in markup and "&lt;script&gt;" in markup
    assert markup.count('role="columnheader"') == 2 and 'scope="col" class="num">市值</th>' in markup
    assert 'class="table cards rules"' in markup and 'role="rowgroup" data-rows><tr' in markup
    assert "data-rows" not in shown('{% table "t" "a" window=False %}{% endtable %}')


def test_what_a_mapping_does_not_know_is_nothing() -> None:
    assert (
        shown(
            "{{ names|of:who }}|{{ names|of:other }}|{{ none|of:who }}", names={"a": "甲"}, who="a", other="b"
        )
        == "甲||"
    )
    assert shown("{% level by_rank|of:9 %}", by_rank={1: Level(1, "金通道")}) == ""
