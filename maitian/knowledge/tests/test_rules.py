"""Pure decisions: marks of a text, words worth asking for, questions that are kept, differences."""

from __future__ import annotations

import re
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maitian.core.search import query_terms, search_terms
from maitian.knowledge.rules import differing, finding, markup

TEXT = st.text(alphabet=st.sampled_from(list("银证转账a1 <>&\"'#-.、\n*·。“”")), max_size=120)


@pytest.mark.parametrize(
    ("text", "html", "words"),
    [
        ("一段话", "<p>一段话</p>", "一段话"),
        ("一行\n又一行\n\n另一段", "<p>一行<br>又一行</p><p>另一段</p>", "一行\n又一行\n\n另一段"),
        (
            "## 时间\n- 工作日\n- 九点到四点",
            "<h3>时间</h3><ul><li>工作日</li><li>九点到四点</li></ul>",
            "时间\n\n· 工作日\n· 九点到四点",
        ),
        (
            "1. 登录\n2、点转账\n\n3. 输密码",
            "<ol><li>登录</li><li>点转账</li><li>输密码</li></ol>",
            "1. 登录\n2. 点转账\n3. 输密码",
        ),
        ("1.8‰ 起", "<p>1.8‰ 起</p>", "1.8‰ 起"),  # a rate is no step
        (
            "<script>alert(1)</script>",
            "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>",
            "<script>alert(1)</script>",
        ),
        ("", "", ""),
    ],
)
def test_marks_of_a_text(text: str, html: str, words: str) -> None:
    assert markup.html(text) == html
    assert markup.words(text) == words


@given(TEXT)
def test_html_holds_every_word_and_no_tag_of_the_writer(text: str) -> None:
    made = markup.html(text)
    assert set(re.findall(r"</?([a-z0-9]+)", made)) <= {"p", "br", "h3", "ul", "ol", "li"}
    plain = unescape(re.sub(r"<[^>]+>", "", made))
    # Signs that begin a line may be marks; nothing else is lost.
    lost = sorted(set("".join(text.split())) - set("".join(plain.split())))
    assert set(lost) <= set("#-*·1.、")


def test_the_lead_is_one_short_line() -> None:
    assert markup.lead("## 时间\n工作日九点\n到四点") == "工作日九点 到四点"
    assert len(markup.lead("长" * 500)) == 90 and markup.lead("长" * 500).endswith("…")


def test_terms_of_a_sentence_leave_out_what_says_nothing() -> None:
    assert finding.terms("请问银证转账怎么转？") == ["问银", "银证", "证转", "转账", "账怎", "么转"]
    assert finding.terms("APP 登不上") == ["app", "登不", "不上"]
    assert finding.terms("？！") == []


@given(TEXT)
def test_every_term_of_a_sentence_is_one_that_a_text_stores(text: str) -> None:
    assert set(finding.terms(text)) <= set(search_terms(text))


def test_the_rarest_words_are_asked_for_and_common_ones_never() -> None:
    holding = {"转账": 40, "银证": 3, "客户": 900, "佣金": 0}
    chosen = finding.chosen(["客户", "转账", "银证", "佣金", "没有"], holding, 1000)
    assert [term for term, _weight in chosen] == ["银证", "转账"]
    assert chosen[0][1] > chosen[1][1] > 0
    # Of few articles every word counts, so that a young knowledge base suggests, too.
    assert [term for term, _w in finding.chosen(["客户"], {"客户": 9}, 10)] == ["客户"]


@given(st.dictionaries(st.text("银证转账佣金", min_size=2, max_size=2), st.integers(0, 5000), max_size=30))
def test_chosen_words_are_few_and_bring_few_articles(holding: dict[str, int]) -> None:
    chosen = finding.chosen(list(holding), holding, 20_000)
    assert len(chosen) <= finding.MOST_TERMS
    assert sum(holding[term] for term, _w in chosen) <= finding.MOST_HITS or len(chosen) == 1
    assert all(0 < holding[term] <= 4_000 and weight > 0 for term, weight in chosen)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("银证转账 限额？", "银证转账 限额"), ("ＡＰＰ闪退", "app闪退"), ("佣金1.8‰", "佣金1.8‰"), ("转", ""), ("13812342096", ""),
        ("我的账号80000001", ""), ("chen@example.com", ""), ("？？？", ""), ("长" * 41, ""), ("12", ""), ("etf", "etf"),
    ],
)  # fmt: skip
def test_what_of_a_search_is_kept(text: str, kept: str) -> None:
    assert finding.question(text) == kept


@given(TEXT)
def test_a_kept_question_can_be_asked_again(text: str) -> None:
    bare = finding.question(text)
    assert not bare or (finding.question(bare) == bare and query_terms(bare))


def test_differences_show_what_went_and_what_came() -> None:
    found = differing.lines("一\n二\n三\n四\n五\n六", "一\n二\n三\n四\n五改\n六")
    assert [(line.kind, line.text) for line in found if line.kind != "same"] == [
        ("gone", "五"),
        ("new", "五改"),
    ]
    near = differing.around(found, keep=1)
    assert near[0] is None and [line.text for line in near[1:] if line] == ["四", "五", "五改", "六"]
    assert differing.around(differing.lines("同", "同")) == []


@given(TEXT, TEXT)
def test_both_texts_can_be_read_out_of_their_difference(before: str, after: str) -> None:
    found = differing.lines(before, after)
    strip = lambda text: [line for line in text.strip().split("\n") if line]  # noqa: E731
    assert [line.text for line in found if line.kind != "new" and line.text] == strip(before)
    assert [line.text for line in found if line.kind != "gone" and line.text] == strip(after)
