"""Records of one person: found by what they share, merged whole, undone whole."""

from __future__ import annotations

import threading
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from maitian.clients import (
    actions,
    duplicate_rules,
    duplicates,
    importers,
    merge_actions,
    merging,
    queries,
)
from maitian.clients.duplicate_rules import Evidence, similar
from maitian.clients.errors import (
    AlreadyMerged,
    ClientMerged,
    DismissReasonMissing,
    MergeChoiceWrong,
    MergeKindsDiffer,
    MergeReasonMissing,
    MergeSame,
    MergeStale,
    UndoRefused,
)
from maitian.clients.indexing import reindex
from maitian.clients.models import (
    Assessment,
    CashFlow,
    Client,
    Consent,
    ContactPoint,
    Coverage,
    DuplicatePair,
    FundAccount,
    Holding,
    Merge,
    PersonalData,
    Trade,
)
from maitian.core import ledger, rulebook
from maitian.core.errors import AlreadyDone, NotFound, SameMakerAndChecker
from maitian.core.models import LedgerEntry
from maitian.staff.models import Branch

REASON = "柜台核对证件原件"


@pytest.fixture(autouse=True)
def database(request: pytest.FixtureRequest) -> None:
    """A transaction for every test, but for those that need several sessions."""
    if "committed" not in request.fixturenames:
        request.getfixturevalue("db")


def person(name: str = "郭靖宇", **more: Any) -> Client:
    given: dict[str, Any] = {
        "phone": "",
        "email": "",
        "id_number": "",
        "birthday": date(1981, 5, 6),
        "gender": "M",
    }
    return actions.create_client(branch=Branch.objects.get(), name=name, actor="member:1", **(given | more))


def account(client: Client, number: str) -> FundAccount:
    return FundAccount.objects.create(client=client, number=number, opened_on=date(2024, 5, 6))


def found_for(client: Client) -> dict[int, tuple[int, int]]:
    return {c.client_id: (c.evidence, c.score) for c in duplicates.candidates(client.branch_id, client.pk)}


# --- finding --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "second", "alike"),
    [
        ("80000001", "80000002", True),
        ("80000012", "80000021", True),
        ("80000001", "80000001", False),
        ("80000001", "8000001", False),
        ("80001234", "80004321", False),
        ("80001234", "80001254", True),
        ("80001234", "80002135", False),
        ("80010234", "80001234", True),
    ],
)
def test_accounts_that_are_alike(first: str, second: str, alike: bool) -> None:
    assert similar(first, second) is similar(second, first) is alike


def test_a_second_record_is_found_by_each_thing_it_shares() -> None:
    first = person(phone="13977770001", email="gjy@mail.example")
    by_phone = person("郭小宇", phone="13977770001", birthday=None, gender="")
    by_mail = person("G J Y", email="GJY@mail.example", birthday=None, gender="")
    by_name = person()
    found = found_for(first)
    assert found[by_phone.pk] == (Evidence.PHONE, 50)
    assert by_mail.pk not in found  # 45 points are below the 50 of the rulebook
    assert found[by_name.pk] == (Evidence.NAME_BIRTHDAY | Evidence.SAME_NAME, 75)
    account(first, "77001234")
    by_account = person(birthday=None)
    account(by_account, "77001243")
    assert found_for(first)[by_account.pk] == (Evidence.NAME_ACCOUNT | Evidence.SAME_NAME, 65)
    assert found_for(by_account)[first.pk] == found_for(first)[by_account.pk]


def test_two_right_id_numbers_are_two_people_and_a_firm_s_number_tells_nothing() -> None:
    first = person(phone="13977770002", id_number="11010519491231002X")
    wife = person(
        "黄蓉蓉", phone="13977770002", id_number="440308199901101512", gender="F", birthday=date(1999, 1, 10)
    )
    assert wife.pk not in found_for(first)
    for n in range(7):
        person(f"员工{n}号", phone="13977770003", birthday=None)
    shared = person("员工八号", phone="13977770003", birthday=None)
    assert found_for(shared) == {}


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["甲某人", "乙某人"]), st.sampled_from(["", "13955550001", "13955550002"]), st.sampled_from(["", "a@b.example"]),
            st.sampled_from(["", "XK12345", "11010519491231002X", "440308199901101512"]), st.sampled_from([None, date(1980, 1, 1), date(1981, 1, 1)]),
            st.sampled_from(["", "M", "F"]), st.sampled_from(["", "66001234", "66001243", "66001239", "55001234"]),
        ),
        min_size=2, max_size=5,
    )
)  # fmt: skip
def test_the_statement_says_what_the_plain_rules_say(rows: list[tuple[Any, ...]]) -> None:
    with transaction.atomic():
        made: list[tuple[Client, tuple[Any, ...]]] = []
        used: set[str] = set()
        for row in rows:
            name, phone, email, id_number, birthday, gender, number = row
            id_number = "" if id_number in used else id_number
            number = "" if number in used else number
            used |= {id_number, number} - {""}
            client = person(
                name, phone=phone, email=email, id_number=id_number, birthday=birthday, gender=gender
            )
            if number:
                account(client, number)
            kept = PersonalData.objects.get(pk=client.pk)
            made.append(
                (client, (name, phone, email, id_number, kept.birthday, kept.gender, number, kept.id_form))
            )
        duplicates.find(made[0][0].branch_id)
        stored = {
            (p.first_id, p.second_id): (p.evidence, p.score)
            for p in DuplicatePair.objects.filter(first_id__gte=made[0][0].pk)
        }
        rules = rulebook.at().duplicates
        sharing = {
            v: sum(1 for _c, r in made if v in (r[1], r[2]))
            for v in ("13955550001", "13955550002", "a@b.example")
        }
        expected = {}
        for n, (a, x) in enumerate(made):
            for b, y in made[n + 1 :]:
                evidence = Evidence(0)
                if x[1] and x[1] == y[1] and sharing[x[1]] <= rules.most_sharing:
                    evidence |= Evidence.PHONE
                if x[2] and x[2] == y[2] and sharing[x[2]] <= rules.most_sharing:
                    evidence |= Evidence.EMAIL
                if x[0] == y[0] and x[4] and x[4] == y[4]:
                    evidence |= Evidence.NAME_BIRTHDAY
                if x[0] == y[0] and similar(x[6], y[6]):
                    evidence |= Evidence.NAME_ACCOUNT
                if not evidence:
                    continue
                evidence |= Evidence.SAME_NAME if x[0] == y[0] else Evidence(0)
                evidence |= Evidence.BOTH_RESIDENT if x[7] == y[7] == 1 else Evidence(0)
                evidence |= Evidence.BIRTHDAYS_DIFFER if x[4] and y[4] and x[4] != y[4] else Evidence(0)
                evidence |= Evidence.GENDERS_DIFFER if x[5] and y[5] and x[5] != y[5] else Evidence(0)
                points = duplicate_rules.score(evidence, rules.weights, rules.against)
                if points >= rules.least:
                    expected[a.pk, b.pk] = (int(evidence), points)
        assert stored == expected
        for client, _row in made:  # one record at once says the same
            mine = {k: v for k, v in expected.items() if client.pk in k}
            assert {(min(client.pk, o), max(client.pk, o)): v for o, v in found_for(client).items()} == mine
        transaction.set_rollback(True)


def test_a_run_is_repeatable_and_dismissed_pairs_stay_dismissed(member) -> None:
    first, second = person(phone="13977770004"), person(phone="13977770004")
    duplicates.find(first.branch_id)
    pair = DuplicatePair.objects.get(first=first, second=second)
    assert duplicates.find(first.branch_id).fresh == 0
    with pytest.raises(DismissReasonMissing):
        merge_actions.dismiss(pair.pk, " ", actor="member:1")
    merge_actions.dismiss(pair.pk, "父子同名，共用手机", actor="member:1")
    with pytest.raises(AlreadyDone):
        merge_actions.dismiss(pair.pk, "再来一次", actor="member:1")
    account(first, "77005551")
    account(second, "77005552")
    duplicates.find(first.branch_id)
    pair.refresh_from_db()
    assert pair.state == "dismissed" and pair.evidence & Evidence.NAME_ACCOUNT and found_for(first) == {}
    assert {row.client_id for row in LedgerEntry.objects.filter(kind="duplicate.dismissed")} >= {
        first.pk,
        second.pk,
    }
    third = person(phone="13977770004")
    duplicates.find(first.branch_id, third.pk)
    assert DuplicatePair.objects.filter(second=third, state="open").count() == 2
    ContactPoint.objects.filter(client=third).delete()
    PersonalData.objects.filter(pk=third.pk).update(birthday=None)
    assert duplicates.find(first.branch_id, third.pk).gone == 2


def test_a_new_record_is_compared_at_once_and_a_file_with_the_whole_branch() -> None:
    from maitian.clients.reactions import look

    first = person(phone="13977770005")
    second = person(phone="13977770005")
    look(list(LedgerEntry.objects.filter(kind="client.created", client_id=second.pk)))
    assert DuplicatePair.objects.filter(first=first, second=second).exists()
    file = "name,id_number,phone,birthday\n郭靖宇,E12345678,13977770005,1981-05-06\n"
    importers.run("clients", file.encode(), "c.csv", actor="system:import")
    look(list(LedgerEntry.objects.filter(kind="import.run").order_by("-number")[:1]))
    assert DuplicatePair.objects.filter(first=first).count() == 2


def test_finding_one_record_s_twins_reads_indexes() -> None:
    client = person(phone="13977770006")
    sql, parameters = duplicates._question(client.branch_id, client.pk)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("EXPLAIN " + sql + " SELECT * FROM scored", parameters)
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert (
        "contact_token" in plan and "person_name" in plan and "Seq Scan on clients_contactpoint" not in plan
    )


# --- merging --------------------------------------------------------------------------------------------------


def test_every_table_about_clients_says_what_happens_to_it() -> None:
    """A room that adds a table with a client must say how its rows move, or that they stay (``merging``)."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.table_name FROM information_schema.columns c JOIN pg_class t ON t.relname = c.table_name"
            " WHERE c.table_schema = 'public' AND c.column_name IN ('client_id', 'client_ids') AND NOT t.relispartition"
        )
        tables = {row[0] for row in cursor.fetchall()}
    assert len(tables) > 20
    assert tables - merging.tables() == set()


def merge(survivor: Client, absorbed: Client, choices: dict[str, str] | None = None) -> Merge:
    """By two people, as they do it."""
    made = merge_actions.propose(
        survivor.pk, absorbed.pk, choices=choices or {}, digest=merge_actions.digest_of(survivor.pk, absorbed.pk),
        reason=REASON, actor="member:1",
    )  # fmt: skip
    return made if made.state == "done" else merge_actions.approve(made.pk, actor="member:2")


@pytest.fixture
def twins(story) -> tuple[Client, Client]:
    """The story's first client, and a second record of his with a bit of everything."""
    first = Client.objects.get(pk=story[0])
    second = person(
        "陈建国",
        phone="13800000001",
        email="cjg2@mail.example",
        id_number="E77770001",
        birthday=None,
        gender="",
    )
    number = account(second, "80000771")
    FundAccount.objects.filter(pk=number.pk).update(balance=1000, cash=1000, balance_at=timezone.now())
    for kind, rows in {
        "holdings": ["account,symbol,quantity,cost", "80000771,002500,300,5.0", "80000771,600036,100,40"],
        "trades": [
            "account,at,symbol,side,quantity,price,reference",
            "80000771,2026-11-20 10:00,002500,B,300,5.0,TW1",
        ],
        "cash_flows": ["account,at,amount,reference", "80000771,2026-11-20 09:00,2500,TW2"],
    }.items():
        importers.run(kind, "\n".join(rows).encode(), "x.csv", actor="system:import")
    actions.set_consent(second.pk, 1, 3, True, source="counter", proof="录音 1", actor="member:1")
    actions.set_consent(second.pk, 1, 1, True, source="counter", proof="录音 2", actor="member:1")
    actions.set_consent(second.pk, 1, 1, False, source="counter", proof="录音 3", actor="member:1")
    actions.tag(second.pk, "新股常客", actor="member:1")
    actions.tag(second.pk, "双胞胎", actor="member:1")
    actions.set_preference(second.pk, "联系时间", "晚上", actor="member:1")
    actions.set_preference(second.pk, "称呼", "老陈", actor="member:1")
    actions.follow(second.pk, "600030", actor="member:1")
    actions.open_permission(second.pk, "options", date(2026, 1, 1), actor="member:1")
    actions.note(second.pk, "第二份档案上的一笔", actor="member:1")
    Client.objects.filter(pk=second.pk).update(
        assets=Decimal("5500.00"), state="opened", opened_on=date(2019, 1, 1)
    )
    second.refresh_from_db()
    reindex(second.pk)  # the account was put there by hand
    return first, second


def test_everything_of_a_person_is_together_afterwards(twins, member, sign_in) -> None:
    first, second = twins
    held = Holding.objects.get(client_id=first.pk, symbol="002500").quantity
    assets = first.assets
    before = first.consent_bits
    merge(first, second)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (second.state, second.merged_into_id, second.assets) == ("closed", first.pk, 0)
    assert first.assets == assets + Decimal("5500.00") and first.opened_on == date(2019, 1, 1)
    assert set(FundAccount.objects.filter(client=first).values_list("number", flat=True)) == {
        "80000001",
        "80000771",
    }
    assert Holding.objects.get(client_id=first.pk, symbol="002500").quantity == held + 300
    assert Holding.objects.get(client_id=first.pk, symbol="600036").quantity >= 100
    assert not Holding.objects.filter(client_id=second.pk).exists()
    assert (
        Trade.objects.get(reference="TW1").client_id
        == CashFlow.objects.get(reference="TW2").client_id
        == first.pk
    )
    # commercial SMS was refused on the second record: it is refused; calls were agreed to on both
    assert before & actions.bit(1, 1) and not first.consent_bits & actions.bit(1, 1)
    assert first.consent_bits & actions.bit(1, 3)
    latest = Consent.objects.filter(client=first, message_class=1, channel=1).latest("at")
    assert not latest.granted and latest.source == "merge"
    assert (
        first.preferences.get(key="联系时间").value != "晚上"
        and first.preferences.get(key="称呼").value == "老陈"
    )
    tags = set(queries.visible_to(member("boss")).filter(pk=first.pk).values_list("pk", flat=True))
    assert tags == {first.pk} and not queries.visible_to(member("boss")).filter(pk=second.pk).exists()
    points = ContactPoint.objects.filter(client=first)
    assert {str(p.value) for p in points} >= {"13800000001", "cjg2@mail.example"}
    assert points.filter(kind="email", primary=True).count() == 1 and points.filter(kind="phone").count() == 1
    assert Coverage.objects.filter(client=first, kind="manager", until=None).count() == 1
    assert first in queries.search(member("boss"), "80000771") and first in queries.search(
        member("boss"), "cjg2@mail.example"
    )
    page = sign_in("manager1").get(f"/clients/{first.pk}/").content.decode()
    assert "第二份档案上的一笔" in page and "双胞胎" in page
    assert ledger.timeline(queries.record_ids(first.pk), limit=1)[0].kind == "record.merged"
    assert ledger.verify().sound


def test_the_absorbed_record_leads_to_the_survivor_everywhere(twins, sign_in, member) -> None:
    from django.test import Client as Browser

    from maitian.portal import actions as portal
    from maitian.staff import actions as staff
    from maitian.staff.access import PERMISSIONS

    first, second = twins
    signed_in = sign_in(second.pk)
    merge(first, second)
    boss = member("boss")
    answer = sign_in("boss").get(f"/clients/{second.pk}/")
    assert answer.status_code == 302 and answer.headers["Location"] == f"/clients/{first.pk}/"
    caller = Browser(
        headers={"Authorization": f"Bearer {staff.make_token(boss, 't', sorted(PERMISSIONS[boss.role]))}"}
    )
    assert caller.get(f"/api/v1/clients/{second.pk}").json()["id"] == first.pk
    kinds = [row["kind"] for row in caller.get(f"/api/v1/clients/{second.pk}/timeline").json()]
    assert "client.created" in kinds and "record.merged" in kinds
    assert portal.sign_in("80000001", "maitian-demo") == first.pk
    # the account that came along opens with the survivor's password, as its record had none of its own
    assert portal.sign_in("80000771", "maitian-demo") == first.pk
    assert signed_in.get("/portal/me/").status_code == 200
    assert "5,500" not in signed_in.get("/portal/").content.decode()
    assert queries.get_visible(boss, second.pk).pk == first.pk
    with pytest.raises(ClientMerged):
        actions.set_consent(second.pk, 0, 0, True, source="counter", proof="x", actor="member:1")
    with pytest.raises(NotFound):
        queries.get_visible(member("manager2"), second.pk)


def test_each_account_keeps_its_own_portal_password(twins) -> None:
    from django.contrib.auth.hashers import make_password

    from maitian.clients.models import PortalAccess
    from maitian.portal import actions as portal
    from maitian.portal.errors import SignInFailed

    first, second = twins
    PortalAccess.objects.create(client=second, password=make_password("zweites-passwort"))
    done = merge(first, second)
    assert portal.sign_in("80000771", "zweites-passwort") == first.pk
    with pytest.raises(SignInFailed):
        portal.sign_in("80000771", "maitian-demo")
    merge_actions.undo(done.pk, "确认是两个人", actor="member:3")
    assert portal.sign_in("80000771", "zweites-passwort") == second.pk


def test_the_newest_assessment_that_holds_wins_and_both_are_kept(twins) -> None:
    first, second = twins
    now = timezone.now()
    kept = {
        "questionnaire_version": 1,
        "answers": {},
        "score": 20,
        "reasons": [],
        "started_by": "x",
        "channel": "counter",
    }
    Assessment.objects.create(client=second, risk_class=2, at=now, valid_until=date(2028, 1, 1), **kept)
    Assessment.objects.create(
        client=second, risk_class=6, at=now + timedelta(hours=1), valid_until=date(2026, 1, 1), **kept
    )
    count = Assessment.objects.filter(client=first).count()
    merge(first, second)
    first.refresh_from_db()
    assert (first.risk_class, first.risk_valid_until) == (2, date(2028, 1, 1))
    assert Assessment.objects.filter(client=first).count() == count + 2


def test_values_are_chosen_field_by_field(twins) -> None:
    first, second = twins
    PersonalData.objects.filter(pk=second.pk).update(birthday=date(1975, 3, 4))
    choices = {"id_number": "absorbed", "email": "absorbed", "birthday": "absorbed", "manager": "survivor"}
    merge(first, second, choices)
    me = PersonalData.objects.get(pk=first.pk)
    assert str(me.id_number) == "E77770001" and me.birthday == date(1975, 3, 4) and me.id_form == 2
    assert (
        str(ContactPoint.objects.get(client=first, kind="email", primary=True).value) == "cjg2@mail.example"
    )
    assert PersonalData.objects.get(pk=second.pk).id_number_token is None
    assert str(PersonalData.objects.get(pk=second.pk).id_number) == "E77770001"


def dump(*ids: int) -> dict[str, Any]:
    """Everything about these clients, to compare; what only ever grows (ledger, consents, history) is left out."""
    found: dict[str, Any] = {}
    with connection.cursor() as cursor:
        for table in sorted(
            merging.tables()
            - {
                "core_ledger",
                "clients_consent",
                "clients_coverage",
                "clients_merge",
                "clients_duplicatepair",
                "outreach_verdictblock",
                "outreach_handing",
                "outreach_contactcount",
            }
        ):
            cursor.execute(
                f"SELECT to_jsonb(x) - 'search_tokens' FROM {table} x WHERE client_id = ANY(%s)", [list(ids)]
            )
            found[table] = sorted(
                row[0] if isinstance(row[0], str) else str(row[0]) for row in cursor.fetchall()
            )
        cursor.execute("SELECT to_jsonb(c) FROM clients_client c WHERE id = ANY(%s) ORDER BY id", [list(ids)])
        found["clients_client"] = [str(row[0]) for row in cursor.fetchall()]
        cursor.execute(
            "SELECT client_id, kind, member_id FROM clients_coverage WHERE client_id = ANY(%s) AND until IS NULL ORDER BY 1, 2",
            [list(ids)],
        )
        found["open coverage"] = cursor.fetchall()
        cursor.execute(
            "SELECT client_id, search_tokens FROM clients_personaldata WHERE client_id = ANY(%s) ORDER BY 1",
            [list(ids)],
        )
        found["search"] = [(client, sorted(words)) for client, words in cursor.fetchall()]
    found["personal"] = [
        [
            str(getattr(p, name))
            for name in (
                "name",
                "id_number",
                "home_address",
                "birthday",
                "gender",
                "id_number_token",
                "id_form",
                "name_token",
            )
        ]
        for p in PersonalData.objects.filter(pk__in=ids).order_by("pk")
    ]
    for name in (
        "clients_personaldata",
        "clients_contactpoint",
    ):  # encrypted anew each time: compared plain above
        found[name] = [
            row.split("'name': ")[0] if name == "clients_personaldata" else row for row in found[name]
        ]
    found.pop("clients_personaldata")
    return found


FIELDS = [
    "name",
    "id_number",
    "id_valid_until",
    "birthday",
    "gender",
    "home_address",
    "phone",
    "email",
    "state",
    "investor_class",
    "manager",
    "level",
]


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    choices=st.dictionaries(st.sampled_from(FIELDS), st.sampled_from(["survivor", "absorbed"])),
    swapped=st.booleans(),
)
def test_undoing_brings_everything_back(twins, choices: dict[str, str], swapped: bool) -> None:
    first, second = reversed(twins) if swapped else twins
    with transaction.atomic():
        before = dump(first.pk, second.pk)
        done = merge(first, second, choices)
        assert dump(first.pk, second.pk) != before
        merge_actions.undo(done.pk, "确认是两个人", actor="member:3")
        after = dump(first.pk, second.pk)
        assert after == before
        with connection.cursor() as cursor:  # bits still agree with what was said last
            cursor.execute(
                "SELECT count(*) FROM clients_client c WHERE id = ANY(%s) AND consent_bits <> (SELECT coalesce(bit_or(1 << (x.message_class * 4 + x.channel)), 0)"
                " FROM (SELECT DISTINCT ON (message_class, channel) * FROM clients_consent WHERE client_id = c.id"
                " ORDER BY message_class, channel, at DESC, id DESC) x WHERE x.granted)",
                [[first.pk, second.pk]],
            )
            assert cursor.fetchone()[0] == 0
        transaction.set_rollback(True)


def test_what_came_in_meanwhile_goes_with_its_account(twins) -> None:
    first, second = twins
    done = merge(first, second)
    held = Holding.objects.get(client_id=first.pk, symbol="002500").quantity
    for kind, rows in {
        "holdings": ["account,symbol,quantity", "80000771,002500,500"],
        "trades": [
            "account,at,symbol,side,quantity,price,reference",
            "80000771,2026-11-24 10:00,002500,B,200,5.1,TW9",
        ],
    }.items():
        importers.run(kind, "\n".join(rows).encode(), "x.csv", actor="system:import")
    assert Holding.objects.get(client_id=first.pk, symbol="002500").quantity == held + 200
    merge_actions.undo(done.pk, "确认是两个人", actor="member:3")
    assert Trade.objects.get(reference="TW9").client_id == second.pk
    assert Holding.objects.get(client_id=second.pk, symbol="002500").quantity == 500
    assert Holding.objects.get(client_id=first.pk, symbol="002500").quantity == held - 300


def test_a_refusal_given_meanwhile_holds_for_both(twins) -> None:
    first, second = twins
    done = merge(first, second)
    actions.set_consent(first.pk, 1, 3, False, source="portal", proof="", actor=first.actor)
    merge_actions.undo(done.pk, "确认是两个人", actor="member:3")
    for client in twins:
        client.refresh_from_db()
        assert not client.consent_bits & actions.bit(1, 3)
    assert first.consent_bits & actions.bit(
        1, 1
    )  # the refusal that only the second record had is its own again


def test_a_manager_who_changed_meanwhile_stays(twins, member) -> None:
    first, second = twins
    Client.objects.filter(pk=second.pk).update(manager=None)
    actions.assign([second.pk], member("manager2"), actor="member:1")
    done = merge(first, second, {"manager": "absorbed"})
    first.refresh_from_db()
    assert first.manager == member("manager2")
    actions.assign([first.pk], member("manager3"), actor="member:1")
    merge_actions.undo(done.pk, "确认是两个人", actor="member:3")
    first.refresh_from_db()
    second.refresh_from_db()
    assert first.manager == member("manager3") and second.manager == member("manager2")
    assert Coverage.objects.filter(client=first, kind="manager", until=None).get().member == member(
        "manager3"
    )


def test_merges_are_undone_in_reverse_and_chains_lead_to_the_end(twins, member) -> None:
    first, second = twins
    third = person("陈建国", phone="13800000001")
    one = merge(second, third)
    assert one.checker == "member:2"  # the second record has an account
    two = merge(first, second)
    assert queries.get_visible(member("boss"), third.pk).pk == first.pk
    assert set(queries.record_ids(first.pk)) == {first.pk, second.pk, third.pk}
    with pytest.raises(UndoRefused) as caught:
        merge_actions.undo(one.pk, "确认是两个人", actor="member:3")
    assert "先撤销" in caught.value.sentence("zh-hans")
    merge_actions.undo(two.pk, "确认是两个人", actor="member:3")
    assert queries.get_visible(member("boss"), third.pk).pk == second.pk
    merge_actions.undo(one.pk, "确认是两个人", actor="member:3")
    assert queries.get_visible(member("boss"), third.pk).pk == third.pk
    with pytest.raises(AlreadyDone):
        merge_actions.undo(one.pk, "确认是两个人", actor="member:3")


def test_a_later_merge_into_the_same_record_is_undone_first(twins) -> None:
    first, second = twins
    third = person("陈建国", phone="13800000001")
    one, _two = merge(first, second), merge(first, third)
    with pytest.raises(UndoRefused):
        merge_actions.undo(one.pk, "确认是两个人", actor="member:3")


def test_money_needs_two_people_and_leads_do_not(twins, member) -> None:
    first, second = twins
    digest = merge_actions.digest_of(first.pk, second.pk)
    made = merge_actions.propose(
        first.pk, second.pk, choices={}, digest=digest, reason=REASON, actor="member:1"
    )
    assert made.state == "proposed" and not Client.objects.get(pk=second.pk).merged_into_id
    with pytest.raises(SameMakerAndChecker):
        merge_actions.approve(made.pk, actor="member:1")
    with pytest.raises(AlreadyMerged):
        merge_actions.propose(first.pk, second.pk, choices={}, digest=digest, reason=REASON, actor="member:1")
    with pytest.raises(AlreadyMerged):
        merge_actions.propose(
            second.pk,
            first.pk,
            choices={},
            digest=merge_actions.digest_of(second.pk, first.pk),
            reason=REASON,
            actor="member:1",
        )
    merge_actions.refuse(made.pk, "先让客户到柜台", actor="member:2")
    with pytest.raises(AlreadyDone):
        merge_actions.approve(made.pk, actor="member:2")
    again = merge_actions.propose(
        first.pk, second.pk, choices={}, digest=digest, reason=REASON, actor="member:1"
    )
    PersonalData.objects.filter(pk=second.pk).update(birthday=date(1990, 1, 1))
    with pytest.raises(MergeStale):
        merge_actions.approve(again.pk, actor="member:2")
    leads = person("线索甲", phone="13911110001"), person("线索甲", phone="13911110001")
    assert merge_actions.propose(
        leads[0].pk, leads[1].pk, choices={}, digest=merge_actions.digest_of(leads[0].pk, leads[1].pk), reason=REASON, actor="member:1"
    ).state == "done"  # fmt: skip


def test_what_cannot_be_merged_is_said(twins) -> None:
    first, second = twins
    digest = merge_actions.digest_of(first.pk, second.pk)

    def attempt(a: int, b: int, **more: Any) -> None:
        given: dict[str, Any] = {"choices": {}, "digest": digest, "reason": REASON, "actor": "member:1"}
        merge_actions.propose(a, b, **(given | more))

    with pytest.raises(MergeSame):
        attempt(first.pk, first.pk)
    with pytest.raises(MergeReasonMissing):
        attempt(first.pk, second.pk, reason="同人")
    with pytest.raises(MergeStale):
        attempt(first.pk, second.pk, digest="0" * 64)
    for choices in ({"name": "both"}, {"shoe_size": "survivor"}):
        with pytest.raises(MergeChoiceWrong):
            attempt(first.pk, second.pk, choices=choices)
    with pytest.raises(NotFound):
        attempt(first.pk, 10**9)
    Client.objects.filter(pk=second.pk).update(institution=True)
    with pytest.raises(MergeKindsDiffer):
        attempt(first.pk, second.pk)


def test_the_encrypted_journal_holds_no_plain_personal_data(twins) -> None:
    done = merge(*twins)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT to_jsonb(m)::text, encode(m.before, 'escape') FROM clients_merge m WHERE id = %s",
            [done.pk],
        )
        text = "".join(cursor.fetchone())
        cursor.execute("SELECT string_agg(facts::text, ' ') FROM core_ledger WHERE object_kind = 'merge'")
        text += cursor.fetchone()[0]
    for word in ("陈建国", "13800000001", "E77770001", "cjg2"):
        assert word not in text
    assert "E77770001" in str(Merge.objects.get(pk=done.pk).before)


# --- pages and API ----------------------------------------------------------------------------------------------


@pytest.mark.requirement("E1")
def test_two_records_are_compared_merged_checked_and_undone_on_the_pages(twins, sign_in, member) -> None:
    first, second = twins
    duplicates.find(first.branch_id)
    clerk, boss = sign_in("clerk1"), sign_in("boss")
    listed = clerk.get("/duplicates/").content.decode()
    assert f"/clients/{first.pk}/merge/{second.pk}/" in listed and "手机号相同" in listed
    address = f"/clients/{first.pk}/merge/{second.pk}/"
    page = clerk.get(address).content.decode()
    assert "****0771" in page and "138****0001" in page and "13800000001" not in page and "提交复核" in page
    digest = page.split('name="digest" value="')[1].split('"')[0]
    short = clerk.post(address, {"digest": digest, "reason": "同人", "choice.email": "absorbed"})
    assert (
        short.status_code == 422 and 'name="choice.email" value="absorbed" checked' in short.content.decode()
    )
    answer = clerk.post(address, {"digest": digest, "reason": REASON, "choice.email": "absorbed"})
    waiting = answer.headers["Location"]
    assert "等营业部负责人或合规复核" in clerk.get(waiting).content.decode()
    assert clerk.post(waiting + "approve/").status_code == 403
    assert f"/clients/{first.pk}/merge/{second.pk}/" not in clerk.get("/duplicates/").content.decode()
    assert waiting in boss.get("/duplicates/?tab=proposed").content.decode()
    boss.post(waiting + "approve/")
    assert boss.get(f"/clients/{second.pk}/").headers["Location"] == f"/clients/{first.pk}/"
    assert "并入了这一份" in boss.get(f"/clients/{first.pk}/").content.decode()
    assert boss.post(waiting + "undo/", {"reason": ""}).status_code == 422
    assert clerk.post(waiting + "undo/", {"reason": REASON}).status_code == 403
    boss.post(waiting + "undo/", {"reason": "客户本人到场，确认是两个人"})
    assert boss.get(f"/clients/{second.pk}/").status_code == 200
    assert "已撤销" in boss.get(waiting).content.decode()


def test_a_manager_is_told_of_a_twin_that_he_may_not_open(twins, sign_in, member) -> None:
    first, second = twins
    page = sign_in("manager1").get(f"/clients/{first.pk}/").content.decode()
    assert "可能还有一份档案" in page and "那一份不归您看" in page and f"/clients/{second.pk}/" not in page
    assert sign_in("manager1").get("/duplicates/").status_code == 403
    assert sign_in("manager2").get(f"/clients/{first.pk}/merge/{second.pk}/").status_code == 403
    assert sign_in("clerk1").get(f"/clients/{first.pk}/merge/{10**8}/").status_code == 404


def test_pairs_are_compared_by_hand_and_dismissed_on_the_page(twins, sign_in) -> None:
    first, second = twins
    duplicates.find(first.branch_id)
    clerk = sign_in("clerk1")
    found = clerk.post("/duplicates/", {"one": "80000771", "other": str(first.pk)})
    assert found.headers["Location"] == f"/clients/{first.pk}/merge/{second.pk}/"
    assert clerk.post("/duplicates/", {"one": "80000771", "other": "80000771"}).status_code == 422
    assert clerk.post("/duplicates/", {"one": "'", "other": "x" * 40}).status_code == 422
    pair = DuplicatePair.objects.get(first=first, second=second)
    assert clerk.post(f"/duplicates/{pair.pk}/dismiss/", {"reason": ""}).status_code == 422
    clerk.post(f"/duplicates/{pair.pk}/dismiss/", {"reason": "父子同名"})
    assert "父子同名" in clerk.get("/duplicates/?tab=dismissed").content.decode()
    assert "可能还有一份档案" not in clerk.get(f"/clients/{first.pk}/").content.decode()


def test_merging_by_the_api(twins, member) -> None:
    from django.test import Client as Browser

    from maitian.staff import actions as staff
    from maitian.staff.access import PERMISSIONS

    def caller(name: str) -> Browser:
        found = member(name)
        return Browser(
            headers={
                "Authorization": f"Bearer {staff.make_token(found, 't', sorted(PERMISSIONS[found.role]))}"
            }
        )

    first, second = twins
    duplicates.find(first.branch_id)
    clerk, boss = caller("clerk1"), caller("boss")
    pair = next(p for p in clerk.get("/api/v1/duplicates").json() if p["second_id"] == second.pk)
    assert pair["reasons_en"] and pair["score"] >= 50
    query = {"survivor_id": first.pk, "absorbed_id": second.pk}
    preview = clerk.get("/api/v1/merges/preview", query).json()
    assert preview["needs_checker"] and {f["name"] for f in preview["fields"]} >= {"name", "phone", "level"}
    body = {**query, "digest": preview["digest"], "reason": REASON}
    made = clerk.post(
        "/api/v1/merges", body, content_type="application/json", headers={"Idempotency-Key": "m1"}
    )
    assert made.status_code == 201 and made.json()["state"] == "proposed"
    again = clerk.post(
        "/api/v1/merges", body, content_type="application/json", headers={"Idempotency-Key": "m1"}
    )
    assert again.json() == made.json()
    number = made.json()["id"]
    assert (
        boss.post(f"/api/v1/merges/{number}/approval", content_type="application/json").json()["state"]
        == "done"
    )
    undone = boss.post(
        f"/api/v1/merges/{number}/undo", {"reason": "确认是两个人"}, content_type="application/json"
    )
    assert (
        undone.json()["state"] == "undone"
        and clerk.get(f"/api/v1/merges/{number}").json()["state"] == "undone"
    )


def test_two_levels_leave_one_and_come_back(twins, story) -> None:
    from maitian.offerings import actions as offerings
    from maitian.offerings.models import LevelChange, Subscription

    first, second = (
        Client.objects.get(pk=story[0]),
        Client.objects.get(pk=story[2]),
    )  # Gold Wisdom, Gold Brocade
    one = offerings.apply(first.pk, "gold_brocade", channel="portal", actor=first.actor)
    rates = dict(
        FundAccount.objects.filter(client__in=[first, second]).values_list("number", "commission_rate")
    )
    done = merge(first, second, {"level": "absorbed"})
    first.refresh_from_db()
    assert first.level_rank == 3
    open_ones = Subscription.objects.filter(client__in=[first, second], period__endswith=None)
    assert [s.client_id for s in open_ones] == [first.pk] and open_ones[0].level.rank == 3
    assert dict(FundAccount.objects.filter(client=first).values_list("number", "commission_rate")) == rates
    LevelChange.objects.filter(pk=one.pk).update(
        state="withdrawn"
    )  # his own application is no part of the merge
    merge_actions.undo(done.pk, "确认是两个人", actor="member:3")
    first.refresh_from_db()
    assert first.level_rank == 2
    assert {s.client_id: s.level.rank for s in Subscription.objects.filter(client__in=[first, second], period__endswith=None)} == {
        first.pk: 2, second.pk: 3,
    }  # fmt: skip


def test_an_application_answered_after_the_merge_keeps_it_from_being_undone(twins, story, member) -> None:
    from maitian.offerings import actions as offerings

    first, second = Client.objects.get(pk=story[1]), Client.objects.get(pk=story[0])
    change = offerings.apply(second.pk, "gold_brocade", channel="portal", actor=second.actor)
    done = merge(first, second)
    change.refresh_from_db()
    assert change.client_id == first.pk
    offerings.decide(change.pk, approve=True, reason="", actor=member("boss").actor)
    with pytest.raises(UndoRefused) as caught:
        merge_actions.undo(done.pk, "确认是两个人", actor="member:3")
    assert "级别又换过" in caught.value.sentence("zh-hans")


@pytest.mark.requirement("E3")
def test_messages_and_verdicts_stay_and_are_read_together(twins, sign_in, story) -> None:
    from maitian.outreach import queries as outreach
    from maitian.outreach.models import VerdictBlock

    first, second = Client.objects.get(pk=story[1]), Client.objects.get(pk=story[0])
    blocks = [
        (b.event_id, list(b.client_ids), bytes(b.outcomes))
        for b in VerdictBlock.objects.order_by("event_id", "block")
    ]
    known = {row["event_id"] for row in outreach.of_client(second.pk)}
    assert known
    merge(first, second)
    assert known <= {row["event_id"] for row in outreach.of_client(first.pk)}
    assert blocks == [
        (b.event_id, list(b.client_ids), bytes(b.outcomes))
        for b in VerdictBlock.objects.order_by("event_id", "block")
    ]
    page = sign_in("manager1").get(f"/outreach/{min(known)}/why/{second.pk}/")
    assert page.status_code == 200


def test_two_merges_at_once_and_a_file_meanwhile(committed) -> None:
    """One of two merges wins; trades stored in the same moment belong to the survivor, wherever they were checked."""
    branch = Branch.objects.get()
    made = [
        actions.create_client(branch=branch, name="并发人", actor="member:1", phone=f"1391234000{n}")
        for n in range(3)
    ]
    numbers = [f"6600000{n}" for n in range(3)]
    for client, number in zip(made, numbers, strict=True):
        account(client, number)
    proposals = [
        merge_actions.propose(made[0].pk, other.pk, choices={}, digest=merge_actions.digest_of(made[0].pk, other.pk), reason=REASON, actor="member:1")
        for other in made[1:]
    ]  # fmt: skip
    results: list[str] = []
    barrier = threading.Barrier(5)

    def approve(merge_id: int) -> None:
        try:
            barrier.wait(10)
            merge_actions.approve(merge_id, actor="member:2")
            results.append("done")
        except (AlreadyDone, AlreadyMerged) as refused:
            results.append(refused.code)
        finally:
            connection.close()

    def bring(n: int) -> None:
        try:
            barrier.wait(10)
            rows = [f"{numbers[1]},2026-11-24 10:{k:02d},002500,B,100,5,R{n}-{k}" for k in range(40)]
            content = "\n".join(["account,at,symbol,side,quantity,price,reference", *rows]).encode()
            importers.run("trades", content, "t.csv", actor="system:import")
        finally:
            connection.close()

    threads = [threading.Thread(target=approve, args=(proposals[0].pk,)) for _n in range(2)]
    threads += [threading.Thread(target=approve, args=(proposals[1].pk,))]
    threads += [threading.Thread(target=bring, args=(n,)) for n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    try:
        assert sorted(results) == ["core.already_done", "done", "done"]
        assert set(Trade.objects.filter(reference__startswith="R").values_list("client_id", flat=True)) == {
            made[0].pk
        }
        assert Trade.objects.filter(reference__startswith="R").count() == 80
        assert FundAccount.objects.filter(client=made[0]).count() == 3
    finally:
        Trade.objects.filter(account_number__in=numbers).delete()
        Merge.objects.filter(survivor=made[0]).delete()
        FundAccount.objects.filter(number__in=numbers).delete()
        Client.objects.filter(pk__in=[c.pk for c in made]).update(merged_into=None)
        Client.objects.filter(pk__in=[c.pk for c in made]).delete()
