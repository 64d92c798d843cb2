"""A value travels through a form and comes back as it was."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maitian.core import shapes

LEAF = st.one_of(
    st.booleans(), st.integers(0, 10**9), st.floats(0, 10**6, allow_nan=False).map(lambda x: round(x, 2)),
    st.text("abc中文 -:", min_size=1, max_size=8).filter(lambda t: t.strip() == t),
)  # fmt: skip
TABLE = st.fixed_dictionaries({"key": st.text("ab", min_size=1), "points": st.integers(0, 9), "options": st.lists(
    st.fixed_dictionaries({"zh": st.text("中文", min_size=1), "points": st.integers(0, 9)}), min_size=1, max_size=3)})  # fmt: skip
VALUE = st.one_of(
    LEAF,
    st.lists(st.text("ab", min_size=1), min_size=1, max_size=4),
    st.lists(st.tuples(st.integers(0, 9), st.text("ab", min_size=1)).map(list), min_size=1, max_size=4),
    st.lists(TABLE, min_size=1, max_size=3),
    TABLE,
)


def fields(node: shapes.Node) -> dict[str, str]:
    """What a browser sends for a tree."""
    if node.is_leaf:
        return {node.path: node.text}
    return {name: text for child in node.children for name, text in fields(child).items()}


@given(VALUE)
def test_there_and_back(value: Any) -> None:
    back = shapes.read(fields(shapes.tree(value)), value)
    assert back == value
    shapes.check(back, value)


@given(VALUE)
def test_one_more_item_has_the_shape_and_nothing_typed(value: Any) -> None:
    if not isinstance(value, list):
        return
    longer = shapes.more(value, "v")
    assert len(longer) == len(value) + 1 and longer[:-1] == value
    if isinstance(value[0], str):
        with pytest.raises(shapes.Wrong):
            shapes.check(longer, value)


def test_an_item_is_taken_out_and_one_is_added_deep_inside() -> None:
    value = [{"key": "a", "options": [{"zh": "一", "points": 1}, {"zh": "二", "points": 2}]}]
    data = fields(shapes.tree(value)) | {"out.v.0.options.0": "on"}
    assert shapes.read(data, value)[0]["options"] == [{"zh": "二", "points": 2}]
    longer = shapes.more(value, "v.0.options")
    assert [option["zh"] for option in longer[0]["options"]] == ["一", "二", ""]
    assert shapes.tree(longer).children[0].children[1].grows


def test_entries_of_a_map_come_and_go() -> None:
    value = {"target": 60, "by_level": {"2": 30, "3": 15}, "pauses": [], "then": ""}
    assert shapes.kind(value) == "table" and shapes.kind(value["by_level"]) == "map"
    data = fields(shapes.tree(value))
    back = shapes.read(
        data | {"out.v.by_level.2": "on", "key.v.by_level": "1", "add.v.by_level": "45"}, value
    )
    assert back["by_level"] == {"3": 15, "1": 45} and back["pauses"] == []
    shapes.check(back, value)
    assert shapes.more(value, "v.pauses")["pauses"] == [""]
    longer = shapes.read(data | {"v.pauses.0": "waiting_client"}, value)
    shapes.check(longer, value)
    assert longer["pauses"] == ["waiting_client"]
    with pytest.raises(shapes.Wrong):
        shapes.check(value | {"by_level": {"2": "x"}}, value)


@pytest.mark.parametrize(
    ("typed", "kind", "value"),
    [("1,000", "whole", 1000), ("2.5", "number", 2.5), ("2", "number", 2), ("abc", "whole", "abc"), ("", "whole", ""),
     ("1e99", "whole", 1e99), ("true", "flag", True), ("maybe", "flag", "maybe"), (" x ", "text", "x")],
)  # fmt: skip
def test_what_was_typed(typed: str, kind: str, value: Any) -> None:
    assert shapes.leaf(typed, kind) == value
