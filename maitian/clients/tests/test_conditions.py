"""Conditions: what they find, what they refuse, how they read, how they are clicked."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs

import pytest
from django.db import connection
from django.http import QueryDict
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from maitian.clients import actions, conditions, queries
from maitian.clients.builder import Builder
from maitian.clients.condition_kinds import birth_days, born_by
from maitian.clients.conditions import Condition, Kind, Operator, check, compile_tree, sentence
from maitian.clients.errors import ConditionsTooSlow, SegmentNameTaken, SegmentNotYours
from maitian.clients.models import Client, PersonalData, Security, Segment, SegmentVersion
from maitian.clients.tests.condition_reference import Reference, load
from maitian.core import time as business_time
from maitian.core.errors import DomainError
from maitian.staff.models import Member

pytestmark = pytest.mark.django_db


# --- any tree against the slow reference -------------------------------------------------------------------


def values_of(known: Condition, operator: Operator) -> st.SearchStrategy[Any]:
    if operator.kind is Kind.CHOICES:
        assert known.choices is not None
        offered = [option.value for option in known.choices.options()]
        return st.lists(st.sampled_from(offered), min_size=1, max_size=3, unique=True)
    if operator.kind is Kind.SECURITIES:
        known_values = ["002500", "600369", "600030", "证券", "银行", "600036"]
        return st.lists(st.sampled_from(known_values), min_size=1, max_size=3, unique=True)
    amounts = st.sampled_from(["0", "1000", "20000", "100000", "486000", "500000.5", "3000000"])
    ages = st.integers(0, min(operator.most, 110))
    return {
        Kind.MONEY: amounts,
        Kind.MONEY_RANGE: st.tuples(amounts, amounts).map(lambda pair: sorted(pair, key=Decimal)),
        Kind.NUMBER: ages,
        Kind.NUMBER_RANGE: st.tuples(ages, ages).map(sorted),
        Kind.DAYS: st.sampled_from([0, 1, 7, 30, 90, 365, operator.most]),
        Kind.FLAG: st.just(True),
    }[operator.kind]


@st.composite
def one(draw: Any) -> dict[str, Any]:
    known = draw(st.sampled_from([c for c in conditions.registered() if hasattr(Reference, "_" + c.name)]))
    operator = draw(st.sampled_from(known.operators))
    return {"is": known.name, operator.name: draw(values_of(known, operator))}


def trees() -> st.SearchStrategy[dict[str, Any]]:
    leaf = one()
    reversed_leaf = leaf.map(lambda item: {"not": item})
    return st.recursive(
        leaf | reversed_leaf,
        lambda inner: (
            st.sampled_from(["all", "any"]).flatmap(
                lambda join: st.lists(inner, min_size=1, max_size=4).map(lambda items: {join: items})
            )
            | inner.map(lambda item: {"not": item})
        ),
        max_leaves=7,
    )


@pytest.fixture
def odd_clients() -> None:
    """What a demonstration does not have: nobody's client, no birthday, a leap day, an institution, no contact."""
    ids = list(Client.objects.order_by("pk").values_list("pk", flat=True)[20:32])
    today = business_time.today()
    Client.objects.filter(pk=ids[0]).update(manager=None, outlet=None, last_contact_at=None, opened_on=None)
    Client.objects.filter(pk=ids[1]).update(institution=True, risk_valid_until=None, risk_class=0)
    PersonalData.objects.filter(pk=ids[2]).update(birthday=None, gender="", id_valid_until=None)
    PersonalData.objects.filter(pk=ids[3]).update(birthday=date(2000, 2, 29))
    PersonalData.objects.filter(pk=ids[4]).update(birthday=today.replace(year=1980))
    PersonalData.objects.filter(pk=ids[5]).update(birthday=today.replace(year=1980) + timedelta(days=1))
    PersonalData.objects.filter(pk=ids[6]).update(id_valid_until=today)
    Client.objects.filter(pk=ids[9]).update(opened_on=today.replace(year=2019))
    Client.objects.filter(pk=ids[10]).update(opened_on=date(2016, 2, 29))
    Client.objects.filter(pk=ids[7]).update(
        last_contact_at=business_time.shanghai(business_time.timezone.now()).replace(hour=0, minute=0) - timedelta(days=30)
    )  # fmt: skip
    Client.objects.filter(pk=ids[8]).update(state="lead", level_rank=0, consent_bits=0, address_bits=0)


def found_by(tree: dict[str, Any], today: date) -> set[int]:
    sql, parameters = compile_tree(tree, today=today)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT c.id FROM clients_client c WHERE {sql}", parameters)
        return {row[0] for row in cursor.fetchall()}


@settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)  # fmt: skip
@given(
    tree=trees(),
    today=st.sampled_from([date(2026, 11, 24), date(2028, 2, 29), date(2027, 2, 25), date(2026, 12, 31)]),
)
def test_the_database_finds_whom_the_plain_questions_find(odd_clients, everybody, tree, today) -> None:
    try:
        checked = check(tree)
    except DomainError as refused:
        assert refused.code == "clients.conditions.too_deep"
        return
    reference = Reference(today)
    assert found_by(checked, today) == {
        pk for pk, facts in everybody.items() if reference.meets(facts, checked)
    }


@pytest.fixture
def everybody(odd_clients):
    return load()


def test_every_condition_has_a_reference() -> None:
    """A condition of this room that the property test does not know would go untested."""
    here = {
        item.name
        for item in conditions.registered()
        if item.operators[0].compile.__module__.startswith("maitian.clients")
    }
    assert len(here) >= 20
    assert {name for name in here if not hasattr(Reference, "_" + name)} == set()


def test_leap_days_and_completed_years() -> None:
    assert birth_days(date(2027, 2, 28), 1) == [228, 229]
    assert birth_days(date(2028, 2, 28), 1) == [228]
    assert birth_days(date(2026, 12, 31), 2) == [101, 1231]
    assert len(birth_days(date(2026, 1, 1), 400)) == 366
    assert born_by(date(2026, 11, 24), 18) == date(2008, 11, 24)
    assert born_by(date(2028, 2, 29), 18) == date(2010, 2, 28)


# --- refusals --------------------------------------------------------------------------------------------

DEEP: dict[str, Any] = {"is": "level", "any_of": [1]}
for _n in range(6):
    DEEP = {"all": [DEEP]}
NOTS: dict[str, Any] = {"is": "level", "any_of": [1]}
for _n in range(300):
    NOTS = {"not": NOTS}


@pytest.mark.parametrize(
    ("tree", "code"),
    [
        ([], "shape_wrong"),
        ("level", "shape_wrong"),
        ({}, "shape_wrong"),
        ({"all": {}}, "shape_wrong"),
        ({"all": [1]}, "shape_wrong"),
        ({"all": [], "any": []}, "shape_wrong"),
        ({"some": []}, "shape_wrong"),
        ({"all": []}, "missing"),
        ({"any": [{"all": []}]}, "missing"),
        ({"is": "wealth", "at_least": "1"}, "name_unknown"),
        ({"is": None, "at_least": "1"}, "name_unknown"),
        ({"is": ["level"], "any_of": [1]}, "name_unknown"),
        ({"is": "level"}, "operator_unknown"),
        ({"is": "level", "between": [1, 2]}, "operator_unknown"),
        ({"is": "level", "any_of": [1], "all_of": [1]}, "operator_unknown"),
        ({"is": "level", "any_of": []}, "value_wrong"),
        ({"is": "level", "any_of": ["gold"]}, "value_wrong"),
        ({"is": "level", "any_of": [9]}, "value_wrong"),
        ({"is": "level", "any_of": [True]}, "value_wrong"),
        ({"is": "level", "any_of": [1.5]}, "value_wrong"),
        ({"is": "level", "any_of": [None]}, "value_wrong"),
        ({"is": "level", "any_of": {"x": 1}}, "value_wrong"),
        ({"is": "state", "any_of": ["rich"]}, "value_wrong"),
        ({"is": "tag", "any_of": ["没有这个标签"]}, "value_wrong"),
        ({"is": "holds", "any_of": ["999999"]}, "value_wrong"),
        ({"is": "holds", "any_of": ["a" * 31]}, "value_wrong"),
        ({"is": "holds", "any_of": ["\x00"]}, "value_wrong"),
        ({"is": "manager", "any_of": [10**12]}, "value_wrong"),
        ({"is": "assets", "at_least": "-1"}, "value_wrong"),
        ({"is": "assets", "at_least": "viel"}, "value_wrong"),
        ({"is": "assets", "at_least": "NaN"}, "value_wrong"),
        ({"is": "assets", "at_least": "1e30"}, "value_wrong"),
        ({"is": "assets", "at_least": "1.005"}, "value_wrong"),
        ({"is": "assets", "at_least": True}, "value_wrong"),
        ({"is": "assets", "at_least": ["1"]}, "value_wrong"),
        ({"is": "assets", "between": ["2", "1"]}, "value_wrong"),
        ({"is": "assets", "between": ["2"]}, "value_wrong"),
        ({"is": "age", "between": [40, 30]}, "value_wrong"),
        ({"is": "age", "at_least": 151}, "value_wrong"),
        ({"is": "birthday", "within_days": 367}, "value_wrong"),
        ({"is": "birthday", "within_days": -1}, "value_wrong"),
        ({"is": "birthday", "within_days": "1.5"}, "value_wrong"),
        ({"is": "birthday", "today": False}, "value_wrong"),
        ({"is": "birthday", "any_of": [13]}, "value_wrong"),
        ({"is": "consent", "any_of": ["9-9"]}, "value_wrong"),
        (DEEP, "too_deep"),
        (NOTS, "too_deep"),
        ({"all": [{"is": "level", "any_of": [1]}] * 41}, "too_many"),
        ({"is": "holds", "any_of": [f"{n:06d}" for n in range(201)]}, "value_wrong"),
    ],
)
def test_what_is_refused(tree: Any, code: str) -> None:
    with pytest.raises(DomainError) as caught:
        check(tree)
    assert caught.value.code == f"clients.conditions.{code}"
    assert caught.value.sentence("zh-hans") != caught.value.sentence("en")


def test_a_tree_comes_back_in_one_written_form() -> None:
    assert check({"is": "assets", "at_least": "1,000.50"}) == {"is": "assets", "at_least": "1000.5"}
    assert check({"is": "level", "any_of": ["2", 2, 3]}) == {"is": "level", "any_of": [2, 3]}
    assert check({"not": {"not": {"is": "level", "any_of": [2]}}}) == {"is": "level", "any_of": [2]}
    assert check({"all": [{"any": []}, {"is": "level", "any_of": 2}]}) == {
        "all": [{"is": "level", "any_of": [2]}]
    }
    assert check({"is": "holds", "any_of": ["山西证券"]}) == {"is": "holds", "any_of": ["002500"]}


@pytest.mark.parametrize("word", ["'; DROP TABLE clients_tag; --", "%(k9)s", "%s;", "{0}", '" OR 1=1', "\\"])
def test_values_never_become_part_of_the_statement(word: str) -> None:
    from maitian.clients.models import Tag

    Tag.objects.create(name=word)
    tree = check({"is": "tag", "any_of": [word]})
    sql, parameters = compile_tree(tree)
    assert word not in sql
    assert parameters == {"k0": [word]}
    assert found_by(tree, business_time.today()) == set()
    assert queries.matching(Client.objects.all(), tree).count() == 0


def test_a_tree_outlives_its_options() -> None:
    """What was stored still compiles when its tag is gone, and finds nobody."""
    tree = {"all": [{"is": "tag", "any_of": ["没有了"]}]}
    assert found_by(tree, business_time.today()) == set()
    assert "没有了" in sentence(tree, "zh-hans")


# --- words ------------------------------------------------------------------------------------------------

TREE = {
    "all": [
        {"is": "level", "any_of": [2, 3]},
        {"is": "assets", "at_least": "100000"},
        {"not": {"is": "birthday", "within_days": 7}},
        {"any": [{"is": "holds", "any_of": ["002500"]}, {"is": "consent", "all_of": ["1-1", "1-2"]}]},
    ]
}


def test_a_tree_reads_as_a_sentence_in_both_languages() -> None:
    assert sentence(TREE, "zh-hans") == (
        "级别是金智慧或金锦囊，并且总资产不少于 100,000 元，并且不是（7 天内生日），并且（持有山西证券 002500，或者同意接收营销短信和营销邮件）"
    )
    assert sentence(TREE, "en") == (
        "level is Gold Wisdom or Gold Brocade, and total assets of at least CNY 100,000, and not (birthday within 7 days), "
        "and (holds 山西证券 002500, or consented to commercial SMS and commercial e-mail)"
    )


def test_every_operator_has_words_in_both_languages() -> None:
    han = re.compile("[一-鿿]")
    for known in conditions.registered():
        for words in (
            known.words,
            *(o.label for o in known.operators),
            *(o.sentence for o in known.operators),
        ):
            assert han.search(words[0]) and words[1] and not han.search(words[1]), (known.name, words)


# --- plans ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tree", "index"),
    [
        ({"is": "birthday", "within_days": 7}, "person_birth_day"),
        ({"is": "age", "between": [30, 31]}, "person_birthday"),
        ({"is": "id_document", "expires_within": 30}, "person_id_valid_until"),
        ({"is": "assets", "at_least": "1000000"}, "client_assets"),
        ({"is": "assessment", "expires_within": 7}, "client_risk_valid_until"),
        ({"is": "opened", "within_days": 7}, "client_opened_on"),
        ({"is": "holds", "any_of": ["002500"]}, "holding_symbol"),
        ({"is": "follows", "any_of": ["银行"]}, "follow_what"),
    ],
)
def test_an_index_can_serve_a_narrow_condition(tree: dict[str, Any], index: str) -> None:
    sql, parameters = compile_tree({"all": [tree, {"is": "level", "any_of": [1, 2, 3]}]})
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_hashjoin = off")
        cursor.execute("SET LOCAL enable_mergejoin = off")
        cursor.execute(f"EXPLAIN SELECT count(*) FROM clients_client c WHERE {sql}", parameters)
        assert index in "\n".join(row[0] for row in cursor.fetchall())


def test_a_reversed_condition_on_another_table_stays_an_anti_join() -> None:
    sql, parameters = compile_tree(
        {"all": [{"is": "level", "any_of": [2]}, {"not": {"is": "holds", "any_of": ["002500"]}}]}
    )
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN SELECT count(*) FROM clients_client c WHERE {sql}", parameters)
        assert "Anti" in "\n".join(row[0] for row in cursor.fetchall())


def test_a_count_that_takes_too_long_is_stopped(member, monkeypatch) -> None:
    slow = Operator(
        "now", Kind.FLAG, ("慢", "slow"), ("慢", "slow"), lambda _scope, _v: "pg_sleep(5) IS NOT NULL"
    )
    monkeypatch.setitem(conditions._registered, "slow", Condition("slow", ("慢", "slow"), "record", (slow,)))
    monkeypatch.setattr(queries, "COUNT_SECONDS", 0.1)
    with pytest.raises(ConditionsTooSlow):
        queries.count_matching(member("boss"), {"all": [{"is": "slow", "now": True}]})
    assert queries.count_matching(member("boss"), {"is": "level", "any_of": [1, 2, 3]}) > 0


# --- the builder ------------------------------------------------------------------------------------------


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(tree=trees())
def test_a_tree_goes_through_the_form_unchanged(db, tree: dict[str, Any]) -> None:
    try:
        checked = check(tree)
    except DomainError:
        return
    shown = Builder.from_tree(checked, "q1")
    again = Builder.from_data(QueryDict(shown.query()), "q1")
    outer = checked if "all" in checked or "any" in checked else {"all": [checked]}
    assert again.tree() == check(outer)


def test_buttons_add_group_and_remove() -> None:
    builder = Builder.from_data(QueryDict("c.join=all&c.0.is=level&c.0.op=any_of&c.0.v=2&c.do=add:"))
    assert [row.name for row in builder.root.items] == ["level", ""] and builder.root.items[1].fresh
    builder = Builder.from_data(QueryDict(builder.query() + "&c.do=group:"))
    assert builder.root.items[2].is_group and builder.root.items[2].join == "any"
    builder = Builder.from_data(QueryDict(builder.query() + "&c.2.0.is=gender&c.2.0.v=F&c.do=remove:1"))
    assert [item.path for item in builder.root.items] == ["0", "1"] and builder.root.items[1].items[
        0
    ].path == "1.0"
    assert builder.tree() == {
        "all": [{"is": "level", "any_of": [2]}, {"any": [{"is": "gender", "any_of": ["F"]}]}]
    }
    builder = Builder.from_data(QueryDict(builder.query() + "&c.do=remove:1.0"))
    assert len(builder.root.items) == 1
    assert "c.0.v" in parse_qs(builder.query())


@settings(max_examples=80, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.from_regex(r"c(\.[0-9a-z]{0,4}){0,7}", fullmatch=True) | st.text(max_size=12),
            st.text("abc12,.:-级 \x00", max_size=8)
            | st.sampled_from(["add:", "group:0", "remove:9.9", "level", "any_of", "all"]),
        ),
        max_size=12,
    )
)
def test_a_made_up_form_is_read_without_harm(pairs: list[tuple[str, str]]) -> None:
    data = QueryDict(mutable=True)
    for key, value in pairs:
        data.appendlist(key, value)
    builder = Builder.from_data(data)
    assert builder.root.items
    try:
        builder.tree()
    except DomainError as refused:
        assert refused.code.startswith("clients.conditions.")


def test_a_wrong_value_is_said_at_its_row() -> None:
    builder = Builder.from_data(QueryDict("c.0.is=assets&c.0.op=at_least&c.0.v=viel&c.1.is=level&c.1.v=2"))
    with pytest.raises(DomainError):
        builder.tree()
    assert "总资产" in builder.root.items[0].error and not builder.root.items[1].error and builder.error


# --- pages ------------------------------------------------------------------------------------------------


@pytest.mark.requirement("E1")
def test_segments_are_built_saved_and_kept_by_version(sign_in, member, story) -> None:
    boss, manager = sign_in("boss"), sign_in("manager1")
    page = boss.get(
        "/clients/segments/?c.join=all&c.0.is=level&c.0.op=any_of&c.0.v=2&c.1.is=holds&c.1.v=证券"
    ).content.decode()
    assert "级别是金智慧，并且持有证券行业" in page and "data-rows" in page
    form = {"c.join": "all", "c.0.is": "level", "c.0.op": "any_of", "c.0.v": ["2", "3"]}
    looked = boss.post("/clients/segments/", {**form, "list": "1"})
    assert looked.status_code == 302 and "c.0.v=3" in looked.headers["Location"]
    assert boss.post("/clients/segments/", {**form, "save": "new", "segment": " "}).status_code == 422
    assert (
        boss.post("/clients/segments/", {"c.0.is": "level", "save": "new", "segment": "空"}).status_code
        == 422
    )
    saved = boss.post("/clients/segments/", {**form, "save": "new", "segment": "两个级别"})
    segment = Segment.objects.get(name="两个级别")
    assert saved.headers["Location"] == f"/clients/segments/{segment.pk}/"
    address = f"/clients/segments/{segment.pk}/"
    assert manager.post(address, {**form, "save": "version", "segment": "两个级别"}).status_code == 422
    assert (
        manager.post(address, {**form, "save": "new", "segment": "两个级别"}).status_code == 422
    )  # the name is taken
    boss.post(address, {**form, "c.0.v": ["2"], "save": "version", "segment": "一个级别"})
    segment.refresh_from_db()
    assert (segment.name, segment.version, segment.conditions) == (
        "一个级别",
        2,
        {"all": [{"is": "level", "any_of": [2]}]},
    )
    assert SegmentVersion.objects.filter(segment=segment).count() == 2
    assert "金锦囊，" not in boss.get(address).content.decode()
    assert "级别是金智慧或金锦囊" in boss.get(address + "?version=1").content.decode()
    assert boss.get(address + "?version=9").status_code == 404
    boss.post(address + "retire/")
    assert boss.get(address).status_code == 404 and queries.segment_version(segment.pk, 1)


def test_equal_conditions_make_no_version_and_names_are_one_s_own(member) -> None:
    boss, manager = member("boss").actor, member("manager1").actor
    tree = {"all": [{"is": "level", "any_of": [1]}]}
    made = actions.save_segment("一层", tree, actor=manager)
    assert actions.save_segment("一层", tree, actor=manager, segment_id=made.pk).version == 1
    with pytest.raises(SegmentNameTaken):
        actions.save_segment("一层", {"all": [{"is": "level", "any_of": [2]}]}, actor=boss)
    with pytest.raises(SegmentNotYours):
        actions.save_segment(
            "一层", {"all": [{"is": "level", "any_of": [2]}]}, actor=boss, segment_id=made.pk
        )
    actions.retire_segment(made.pk, actor=manager)
    again = actions.save_segment("一层", {"all": [{"is": "level", "any_of": [2]}]}, actor=boss)
    assert (again.pk, again.version, again.maker) == (made.pk, 2, boss)


def test_a_manager_counts_only_his_own_clients_and_an_editor_the_branch(member) -> None:
    tree = {"is": "state", "any_of": ["active", "opened", "dormant", "leaving", "closed"]}
    manager = member("manager1")
    assert queries.count_matching(manager, tree) == queries.visible_to(manager).count()
    assert (
        queries.count_matching(member("editor"), tree)
        == Client.objects.exclude(state="lead").filter(merged_into=None).count()
    )
    assert not queries.matching(queries.visible_to(member("editor")), tree).exists()


def test_the_builder_answers_clicks(sign_in) -> None:
    browser = sign_in("editor")
    again = browser.post("/clients/conditions/?name=c", {"c.join": "all", "c.0.is": "assets", "c.do": "add:"})
    assert again.status_code == 200 and again.content.decode().count('class="builder-row"') == 2
    form = {"c.join": "all", "c.0.is": "assets", "c.0.op": "at_least", "c.0.v": "0"}
    found = browser.post("/clients/conditions/found/?name=c", form).content.decode()
    assert "总资产不少于 0 元" in found and f"{Client.objects.filter(merged_into=None).count()} 户" in found
    wrong = browser.post("/clients/conditions/found/?name=c", {**form, "c.0.v": "x"}).content.decode()
    assert "总资产" in wrong and "要填" in wrong
    assert browser.post("/clients/conditions/?name=c.0", {}).status_code == 404
    assert "002500" in browser.get("/clients/conditions/options/holds/?c.0.v=山西").content.decode()
    assert "证券行业" in browser.get("/clients/conditions/options/follows/?x=证券").content.decode()
    assert browser.get("/clients/conditions/options/level/?x=1").content.decode().strip() == ""
    assert browser.get("/clients/conditions/options/nothing/?x=1").status_code == 422
    assert sign_in("admin").post("/clients/conditions/?name=c", {}).status_code == 403


def test_options_too_many_to_tick_are_chosen_one_by_one(sign_in, member) -> None:
    Member.objects.filter(pk=member("manager2").pk).update(name="甲乙丙")
    form = {"c.0.is": "manager", "c.0.op": "any_of", "c.0.v": [str(member("manager2").pk), ""]}
    page = sign_in("boss").post("/clients/conditions/?name=c", form).content.decode()
    ticked = re.findall(r'type="checkbox" name="c.0.v" value="(\d+)" checked', page)
    assert ticked == [str(member("manager2").pk)] or len(Member.objects.filter(role="account_manager")) <= 12


def test_the_same_by_the_api(member) -> None:
    from django.test import Client as Browser

    from maitian.staff import actions as staff
    from maitian.staff.access import PERMISSIONS

    boss = member("boss")
    caller = Browser(
        headers={"Authorization": f"Bearer {staff.make_token(boss, 't', sorted(PERMISSIONS[boss.role]))}"}
    )
    names = {item["name"] for item in caller.get("/api/v1/conditions").json()}
    assert {"level", "holds", "birthday", "consent"} <= names
    body = {"conditions": TREE}
    counted = caller.post("/api/v1/conditions/count", body, content_type="application/json").json()
    assert counted["count"] == queries.count_matching(boss, check(TREE)) and counted["zh"] and counted["en"]
    refused = caller.post(
        "/api/v1/conditions/count", {"conditions": {"is": "x"}}, content_type="application/json"
    )
    assert refused.status_code == 422 and refused.json()["code"] == "clients.conditions.name_unknown"
    nested = '{"conditions": ' + '{"not": ' * 5000 + "{}" + "}" * 5000 + "}"
    assert caller.post("/api/v1/conditions/count", nested, content_type="application/json").status_code in (
        400,
        422,
    )
    made = caller.post("/api/v1/segments", {"name": "接口", **body}, content_type="application/json").json()
    listed = caller.get(f"/api/v1/segments/{made['id']}/clients?limit=2").json()
    assert len(listed) <= 2 and made["version"] == 1
    assert any(item["name"] == "接口" for item in caller.get("/api/v1/segments").json())


# --- what the conditions read ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "birthday", "gender"),
    [
        ("310101199001014471", None, ""),  # the check digit does not fit
        ("11010519491231002X", date(1949, 12, 31), "F"),
        ("440308199901101512", date(1999, 1, 10), "M"),
        ("X1", None, ""),
        ("", None, ""),
    ],
)
def test_birthday_and_gender_within_an_id_number(number: str, birthday: date | None, gender: str) -> None:
    from maitian.clients.rules import born

    assert born(number) == (birthday, gender)


def test_the_validity_of_the_id_document_is_noted_and_imported(sign_in, story) -> None:
    from maitian.clients import importers

    browser = sign_in("manager1")
    address = f"/clients/{story[0]}/id-document/"
    assert browser.post(address, {"until": "31.12.2030"}).status_code == 422
    browser.post(address, {"until": "2030-12-31"})
    assert PersonalData.objects.get(pk=story[0]).id_valid_until == date(2030, 12, 31)
    browser.post(address, {"for_good": "1"})
    assert "长期" in browser.get(f"/clients/{story[0]}/").content.decode()
    file = "name,id_number,id_valid_until\n郑新,11010519491231002X,2031-01-02\n郑老,440308199901101512,长期\n"
    assert importers.run("clients", file.encode(), "c.csv", actor="system:import").stored == 2
    assert importers.run("clients", file.encode(), "c.csv", actor="system:import").stored == 0
    made = PersonalData.objects.get(birthday=date(1949, 12, 31))
    assert (made.id_valid_until, made.gender, made.birth_day) == (date(2031, 1, 2), "F", 1231)
    renewed = importers.run(
        "clients", file.replace("2031-01-02", "2041-01-02").encode(), "c.csv", actor="system:import"
    )
    made.refresh_from_db()
    assert (renewed.stored, renewed.unchanged, made.id_valid_until) == (1, 1, date(2041, 1, 2))


def test_securities_are_known_by_name() -> None:
    assert Security.objects.get(pk="002500").name == "山西证券"
