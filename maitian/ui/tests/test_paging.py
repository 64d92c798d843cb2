"""Windows on lists of members, statements and plain lists."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from django.http import HttpRequest
from django.test import RequestFactory

from maitian.ui import paging
from maitian.ui.paging import Sql, window


def ask(address: str = "/list/") -> HttpRequest:
    return RequestFactory().get(address)


def test_a_page_knows_its_neighbours_and_keeps_the_filters() -> None:
    page = window(list(range(120)), ask("/list/?q=a&page=2"), size=50)
    assert list(page) == list(range(50, 100))
    assert parse_qs(urlsplit(page.next_url).query) == {"q": ["a"], "page": ["3"]}
    assert page.previous_url == "/list/?q=a"
    assert page.words == "第 51–100 条，共 120 条"


def test_the_last_page_has_no_next_and_a_page_past_the_end_is_empty_but_leads_back() -> None:
    assert window(list(range(120)), ask("/?page=3")).next_url == ""
    beyond = window(list(range(120)), ask("/?page=9"))
    assert list(beyond) == []
    assert beyond.previous_url
    assert beyond.words == "没有了"


@pytest.mark.parametrize("asked", ["0", "-1", "x", "1e9", "99999999999", "²", ""])
def test_a_broken_page_number_is_the_first_page(asked: str) -> None:
    assert list(window([1, 2, 3], ask(f"/?page={asked}"))) == [1, 2, 3]


def test_no_window_is_larger_than_a_hundred_and_no_page_lies_beyond_ten_thousand() -> None:
    assert len(window(list(range(500)), ask(), size=1000)) == 100
    far = window(list(range(30_000)), ask("/?page=5000"), size=100)
    assert far.first + len(far) - 1 == paging.MOST_COUNTED
    assert far.next_url == ""
    assert far.words.endswith("共 10,000 条以上")


@pytest.mark.django_db
def test_a_statement_is_read_in_windows_and_counted_with_a_bound() -> None:
    text = "SELECT n FROM generate_series(1, %s) AS n ORDER BY n"
    page = window(Sql(text, (1_000_000,)), ask("/?page=3"), size=10)
    assert [row["n"] for row in page] == list(range(21, 31))
    assert page.more
    assert page.total == paging.MOST_COUNTED
