"""Every list of cases reads the top of an index, in its order, and decides its filters there."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import connection

from maitian.desk import home
from maitian.desk.queries import CaseList, Filters

pytestmark = pytest.mark.django_db


def plan(sql: str, params: list[Any]) -> list[dict[str, Any]]:
    """The nodes of the plan that a large table has, vacuumed: a small one is walked whole, or by any index, otherwise."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_restore_relation_stats('schemaname', 'public', 'relname', 'desk_case', 'relpages', 1000::integer,"
            " 'reltuples', 100000::real, 'relallvisible', 1000::integer)"
        )
        for off in ("seqscan", "bitmapscan", "sort"):
            cursor.execute(f"SET LOCAL enable_{off} = off")
        cursor.execute("EXPLAIN (FORMAT JSON) " + sql, params)
        found = cursor.fetchone()[0]
    nodes: list[dict[str, Any]] = []

    def walk(node: dict[str, Any]) -> None:
        nodes.append(node)
        for below in node.get("Plans", ()):
            walk(below)

    walk((json.loads(found) if isinstance(found, str) else found)[0]["Plan"])
    return nodes


@pytest.mark.parametrize("who", ["boss", "hotline1"])
@pytest.mark.parametrize(
    "given",
    [
        {"view": "open"}, {"view": "late"}, {"view": "soon"}, {"view": "resolved"}, {"view": "all"}, {"view": "mine"},
        {"view": "open", "kind": "complaint", "channel": "letter"}, {"view": "open", "priority": "3", "level": "3"},
        {"view": "all", "state": "closed", "channel": "regulator"}, {"view": "open", "owner": "nobody"},
    ],
    ids=lambda g: " ".join(g.values()),
)  # fmt: skip
def test_a_list_is_read_from_indexes_alone(member: Any, who: str, given: dict[str, str]) -> None:
    cases = CaseList(member(who), Filters.read(given))
    nodes = [n for n in plan(*cases.statement(cases.key, None, 31)) if n.get("Relation Name") == "desk_case"]
    # The few cases that one watches are fetched by their numbers.
    listed = {n["Node Type"] for n in nodes if n.get("Index Name") != "desk_case_pkey"}
    assert listed == {"Index Only Scan"}, nodes


def test_what_calls_one_home_is_read_from_the_top_of_an_index(member: Any) -> None:
    nodes = plan(*home.calls(member("boss"), 12).query.sql_with_params())
    assert "clock_call_member" in {n.get("Index Name") for n in nodes}
    assert not [n for n in nodes if "Sort" in n["Node Type"]], nodes


def test_an_account_manager_s_counts_are_those_of_the_lists(enquiry: Any, client: Any, member: Any) -> None:
    from django.utils import timezone

    from maitian.desk import queries
    from maitian.desk.actions import moving, people, talking
    from maitian.desk.views.frame import views_of

    manager = client.manager
    cases = [enquiry() for _n in range(4)]
    people.take(case_id=cases[0].pk, by=manager)
    talking.reply(case_id=cases[1].pk, by=manager, body="请补一张照片。", wait="waiting_client")
    moving.resolve(case_id=cases[2].pk, by=manager, result="answered", body="已说明。")
    now = timezone.now()
    views = (*(view for view in views_of(manager) if view != "all"), "waiting", "complaints")
    found = queries.counts(manager, views, now)
    for view in views:
        assert found[view] == (CaseList(manager, Filters(view=view), now).count(), False), view
    assert found["open"][0] == 3 and found["mine"][0] == 2 and found["resolved"][0] == 1
