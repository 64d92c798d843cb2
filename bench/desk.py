"""The service desk with as many cases as clients: lists, boards, search, opening, the sweep; and django-helpdesk beside it.

Every fourth case is open, with four running clocks: as many open clocks as cases, far more than a branch ever has.
What is measured is whole requests in this process, from the middleware to the finished page, each on one connection.
``list_p95_ms`` is the worst of all lists, boards and people; ``create_ms`` an opening by the API with routing, clocks,
search words and ledger row (median; ``create_p95_ms`` beside it). ``search_recall``: the hits of every page together
against a LIKE over the words of all cases. django-helpdesk (:mod:`bench.helpdesk`) has the same number of tickets in a
database of its own on the same server; the two take turns, and a ratio is the median of the rounds.
"""

from __future__ import annotations

import json
import random
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection
from django.test import Client as Browser
from django.utils import timezone

from bench import data
from bench.helpdesk import Peer
from config import env
from maitian.clients.rules import search_words
from maitian.core import rulebook
from maitian.core.privacy import encrypt, tokens
from maitian.core.process import settle
from maitian.core.search import search_terms
from maitian.core.time import shanghai
from maitian.desk import catalog
from maitian.desk.actions import clocks, sweeping
from maitian.desk.models import CaseKind
from maitian.desk.queries.counts import fold
from maitian.desk.rules.clocks import positions
from maitian.staff.models import Member

ROUNDS, DUE = 3, 10_000
MANAGERS, PHRASES, NAMES = 200, 4_000, 2_000
WORDS = ["佣金", "账单", "转账", "银行", "密码", "软件", "闪退", "行情", "中签", "缴款", "融资", "利率", "红利", "到账", "逆回购", "对账", "地址", "短信", "邮件", "报告", "研报", "权限", "科创", "创业", "开户", "销户", "资金", "冻结", "撤单", "委托", "成交", "持仓", "成本", "盈亏", "分红", "配股", "新股", "基金", "债券", "指数", "期权", "保证", "担保", "平仓", "预警", "客服", "柜台", "排队", "叫号", "身份", "证件", "过期", "手机", "号码", "变更", "存管", "转托", "指定", "交易", "清算"]  # fmt: skip
SURNAMES, GIVEN = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许", "建国志强淑芬秀英海燕文博晓雯丽娟宏伟桂兰"
PEOPLE = (
    ("boss", "branch_manager", "management", 1), ("checker", "compliance_officer", "management", 1), ("agent", "hotline_agent", "service", 11),
    ("clerk", "counter_clerk", "business", 12), ("lead", "team_lead", "service", 2), ("manager", "account_manager", "marketing", MANAGERS),
)  # fmt: skip
WHO = ("boss", "checker1", "agent1", "lead1", "clerk1", "manager1")


# --- the data ----------------------------------------------------------------------------------------------


def phrases() -> list[str]:
    """Pieces of text that no two words of each other touch: frequent words in many, some words in one alone."""
    chosen = random.Random(11)
    rare = [
        chr(0x4E00 + chosen.randrange(20_000)) + chr(0x4E00 + chosen.randrange(20_000))
        for _n in range(PHRASES)
    ]
    return [
        "".join(chosen.choices(WORDS, weights=[1 / (n + 1) for n in range(len(WORDS))], k=chosen.randint(5, 9))) + rare[number]
        for number in range(PHRASES)
    ]  # fmt: skip


def prepare(clients: int, cases: int) -> None:
    """People, names, cases with their words, entries and clocks: a few statements, no row by hand."""
    _people()
    _names(clients)
    texts = phrases()
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE phrase (id int PRIMARY KEY, body text, words text[])")
        with cursor.copy("COPY phrase (id, body, words) FROM STDIN") as copy:
            for number, text in enumerate(texts):
                copy.write_row((number, text, search_terms(text)))
        kinds = list(
            CaseKind.objects.filter(book="brokerage").order_by("position").values_list("pk", "team", "code")
        )
        teams = [team for _pk, team, _code in kinds]
        # The teams' people, in the order of their ids, so that a case finds its owner by a division.
        owners: dict[str, list[int | None]] = {
            team: list(Member.objects.filter(centre=team).order_by("pk").values_list("pk", flat=True))
            or [None]
            for team in set(teams)
        }
        cursor.execute("CREATE TEMP TABLE sort (n int PRIMARY KEY, kind bigint, team text, owners bigint[])")
        cursor.executemany(
            "INSERT INTO sort VALUES (%s, %s, %s, %s)",
            [(n, pk, team, owners[team]) for n, (pk, team, _code) in enumerate(kinds)],
        )
        cursor.execute("SELECT coalesce(max(id), 0) FROM desk_case")
        base = cursor.fetchone()[0]
        now = timezone.now()
        _drop_indexes(cursor)
        cursor.execute(
            "INSERT INTO desk_case (id, ref, book, branch_id, client_id, kind_id, state, priority, team, owner_id, responsible_id, level_rank,"
            " channel, net, subject, answers, private, opened_by, opened_at, last_entry_at, next_due_at, result, resolved_at, closed_at, reopened)"
            " OVERRIDING SYSTEM VALUE SELECT %(base)s + i, 'C-' || to_char(at, 'YYYYMMDD') || '-' || lpad(i::text, 8, '0'), 'brokerage', branch, 1 + (i * 7919) %% %(clients)s, s.kind,"
            " CASE WHEN i %% 200 = 51 THEN 'resolved' WHEN i %% 4 > 0 THEN 'closed' WHEN i %% 32 = 4 THEN 'waiting_client' WHEN i %% 128 = 12"
            " THEN 'waiting_others' WHEN i %% 128 = 20 THEN 'reopened' ELSE 'open' END,"
            " 1 + (i %% 50 = 0)::int + (i %% 500 = 0)::int, s.team,"
            " CASE WHEN i %% 10 < 8 THEN s.owners[1 + (i / 7) %% cardinality(s.owners)] END, s.owners[1 + (i / 7) %% cardinality(s.owners)], 1 + (i * 104729) %% 3,"
            " (ARRAY['portal', 'phone', 'counter', 'sms', 'email'])[1 + i %% 5], 'sky', left(p.body, 20), '{}', '', 'client:1', at, at,"
            " CASE WHEN i %% 4 > 0 THEN timestamptz '9999-01-01 00:00+00' ELSE %(now)s + make_interval(secs => 600 + (i * 48271) %% 1200000) END, '', NULL, NULL, 0"
            " FROM (SELECT i, (SELECT min(id) FROM staff_branch) AS branch, %(now)s - make_interval(secs => 10 * (%(cases)s - i)) AS at FROM generate_series(1::bigint, %(cases)s) i) g"
            " JOIN sort s ON s.n = CASE WHEN i %% 20 = 8 THEN 2 ELSE (i / 4) %% %(kinds)s END JOIN phrase p ON p.id = floor(%(phrases)s * power(((i * 16807) %% 2147483647) / 2147483647.0, 3))",
            {"base": base, "clients": clients, "cases": cases, "now": now, "kinds": len(kinds), "phrases": PHRASES},
        )  # fmt: skip
        cursor.execute("SELECT setval(pg_get_serial_sequence('desk_case', 'id'), max(id)) FROM desk_case")
        cursor.execute(
            "INSERT INTO desk_entry (case_id, kind, actor, at, channel, net, body, facts, reference)"
            " SELECT c.id, 'client', 'client:1', c.opened_at, c.channel, c.net, p.body || '。' || q.body || '。' || r.body, '{}', ''"
            " FROM desk_case c JOIN phrase p ON left(p.body, 20) = c.subject JOIN phrase q ON q.id = (c.id * 31) %% 400"
            " JOIN phrase r ON r.id = floor(%s * power(((c.id * 69621) %% 2147483647) / 2147483647.0, 6))",
            [PHRASES],
        )
        cursor.execute(
            "INSERT INTO desk_casetext (case_id, block, search) SELECT c.id, c.id >> 16, array_to_tsvector(p.words || q.words || r.words)"
            " FROM desk_case c JOIN phrase p ON left(p.body, 20) = c.subject JOIN phrase q ON q.id = (c.id * 31) %% 400"
            " JOIN phrase r ON r.id = floor(%s * power(((c.id * 69621) %% 2147483647) / 2147483647.0, 6))",
            [PHRASES],
        )
        _open_clocks(cursor, now)
        _make_indexes(cursor)
    fold()
    for table in (
        "desk_case",
        "desk_entry",
        "desk_casetext",
        "desk_clock",
        "clients_client",
        "clients_personaldata",
        "desk_casecount",
    ):
        with connection.cursor() as cursor:
            cursor.execute(f"VACUUM (ANALYZE) {table}")


def _people() -> None:
    from maitian.staff.models import Branch

    branch = Branch.objects.order_by("pk")[0]
    Member.objects.bulk_create(
        [
            Member(branch=branch, sign_in_name=name if most == 1 and name == "boss" else f"{name}{n}", password="", name=f"{GIVEN[n % 10]}{name}{n}",
                   initials="xx", centre=centre, role=role)
            for name, role, centre, most in PEOPLE for n in range(1, most + 1)
        ]
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE clients_client SET manager_id = (SELECT min(id) FROM staff_member WHERE role = 'account_manager') + id %% %s",
            [MANAGERS],
        )


def _names(clients: int) -> None:
    """So many names, encrypted and findable as the product does it, shared out among all clients."""
    chosen = random.Random(5)
    made = [chosen.choice(SURNAMES) + "".join(chosen.choices(GIVEN, k=2)) for _n in range(NAMES)]
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE name (id int PRIMARY KEY, name bytea, words bigint[])")
        with cursor.copy("COPY name (id, name, words) FROM STDIN") as copy:
            for number, name in enumerate(made):
                copy.write_row((number, encrypt(name), tokens(search_words(name, [], "", "", ""))))
        cursor.execute(
            "INSERT INTO clients_personaldata (client_id, name, id_number, home_address, gender, initials, search_tokens)"
            " SELECT i, n.name, '', '', '', 'xx', n.words FROM generate_series(1::bigint, %s) i JOIN name n ON n.id = i %% %s",
            [clients, NAMES],
        )


_dropped: list[str] = []
TABLES = ("desk_case", "desk_entry", "desk_casetext", "desk_clock")


def _drop_indexes(cursor: Any) -> None:
    """Indexes are made after the rows, as any loader of a million rows would."""
    cursor.execute(
        "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid::regclass::text = ANY(%s)"
        " AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = indexrelid)",
        [list(TABLES)],
    )
    for name, definition in cursor.fetchall():
        _dropped.append(definition)
        cursor.execute(f"DROP INDEX {name}")


def _make_indexes(cursor: Any) -> None:
    cursor.execute("SET maintenance_work_mem = '512MB'")
    while _dropped:
        cursor.execute(_dropped.pop())
    cursor.execute("RESET maintenance_work_mem")


def _open_clocks(cursor: Any, now: datetime) -> None:
    """Four clocks for each open case, one due at the case's hour, the others later."""
    values = rulebook.at(now)
    policies = catalog.policies(values, "complaint", 0, "")
    kept = clocks.keep_policies(policies.values())
    ids = {kind: kept[policy.digest] for kind, policy in policies.items()}
    for kind, later in (("resolution", 0), ("accept", 1), ("plan", 3), ("ceiling", 30)):
        cursor.execute(
            "INSERT INTO desk_clock (case_id, kind, state, policy_id, started_at, counted_from, minutes, due_at, next_at, fired, extra)"
            " SELECT id, %s, 'running', %s, opened_at, opened_at, 6300, next_due_at + make_interval(days => %s), next_due_at + make_interval(days => %s), 0, 0"
            " FROM desk_case WHERE is_open",
            [kind, ids[kind], later, later],
        )


# --- what is asked -----------------------------------------------------------------------------------------


def signed_in(member: Member) -> Browser:
    """A browser of that member, without the cost of a password."""
    from maitian.staff.middleware import SESSION_KEY
    from maitian.staff.models import MemberSession

    browser = Browser()
    session = browser.session
    session[SESSION_KEY] = member.pk
    session.save()
    key = str(session.session_key)
    MemberSession.objects.create(
        member=member, session_key=key, started_at=timezone.now(), seen_at=timezone.now()
    )
    browser.cookies["sessionid"] = key
    return browser


def _timed(call: Callable[[], Any]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def _page(browser: Browser, address: str) -> None:
    answer = browser.get(address)
    if answer.status_code != 200:
        raise RuntimeError(f"{address}: {answer.status_code}")
    answer.content  # noqa: B018 - rendered


def p95(seconds: list[float]) -> float:
    """Milliseconds."""
    return sorted(seconds)[int(len(seconds) * 0.95)] * 1000


def lists(browsers: dict[str, Browser], times: int = 40) -> dict[str, float]:
    """``who view`` → p95 in ms: every view that each sees, a filter, a later page, and the board."""
    from maitian.desk.views.frame import views_of

    found = {}
    for who, browser in browsers.items():
        member = Member.objects.get(sign_in_name=who)
        addresses = {view: f"/desk/?view={view}" for view in views_of(member)}
        addresses |= {
            "complaints by phone": "/desk/?view=open&kind=complaint&channel=phone", "urgent": "/desk/?view=open&priority=3",
            "closed": "/desk/?view=all&state=closed", "nobody": "/desk/?view=open&owner=nobody", "level 3": "/desk/?view=open&level=3",

        }  # fmt: skip
        if member.may("desk.board"):
            addresses["board"] = "/desk/board/"
        for name, address in addresses.items():
            _page(browser, address)
            seconds = []
            for _n in range(times):
                began = time.perf_counter()
                _page(browser, address)
                seconds.append(time.perf_counter() - began)
            found[f"{who} {name}"] = p95(seconds)
    return found


def asked_words() -> list[str]:
    """Two-character words of every frequency, and some that nobody wrote."""
    texts = phrases()
    chosen = random.Random(3)
    rare = [
        texts[n][-2:] for n in (3, 40, 400, 1500, 2500, 3000, 3500, 3900, *chosen.sample(range(PHRASES), 12))
    ]
    return [*WORDS[:30:2], *WORDS[30::5], *rare, "龘靐", "犇羴"]


def searches(browsers: dict[str, Browser]) -> list[float]:
    words = asked_words()
    for who in browsers:
        _page(browsers[who], f"/desk/?q={words[0]}")
    return [
        _timed(lambda w=word, b=browser: _page(b, f"/desk/?q={w}"))  # type: ignore[misc]
        for browser in browsers.values() for word in words
    ]  # fmt: skip


def recall() -> float:
    """Of the cases that hold a word, how many the pages of its search show together. Words of up to 60,000 cases."""
    from maitian.desk.queries import Filters
    from maitian.desk.queries.lists import search

    boss = Member.objects.get(sign_in_name="boss")
    hit = held = 0
    for word in [*asked_words()[-14:], WORDS[50], WORDS[58]]:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT DISTINCT case_id FROM desk_entry WHERE body LIKE %s UNION SELECT id FROM desk_case WHERE subject LIKE %s",
                [f"%{word}%", f"%{word}%"],
            )
            wanted = {row[0] for row in cursor.fetchall()}
        found: set[int] = set()
        beyond: list[int] | None = None
        while part := search(boss, Filters(view="all", words=word), 5000, beyond=beyond):
            found.update(part)
            beyond = [part[-1]]
        if found - wanted:
            raise RuntimeError(f"{word}: found where it is not")
        hit, held = hit + len(found & wanted), held + len(wanted)
    return hit / held


def creating(browser: Browser, clients: int) -> Callable[[], float]:
    """Opens one case by the API at each call; seconds."""
    chosen = random.Random(time.time())

    def one() -> float:
        given = {
            "client_id": chosen.randint(1, clients), "kind": "enquiry", "channel": "phone", "subject": "佣金不对",
            "body": "上月账单里的佣金和签约时说的不一样。", "answers": {"area": "trading"},
        }  # fmt: skip
        began = time.perf_counter()
        answer = browser.post("/api/v1/cases", json.dumps(given), content_type="application/json")
        seconds = time.perf_counter() - began
        if answer.status_code != 201:
            raise RuntimeError(f"{answer.status_code} {answer.content[:300]!r}")
        return seconds

    return one


def make_due(number: int) -> None:
    """So many of the open clocks pass their deadline now: half results of complaints, half answers to enquiries."""
    now = timezone.now()
    values = rulebook.at(now)
    late = _just_past(catalog.policies(values, "complaint", 0, "")["resolution"], now)
    answer = _just_past(catalog.policies(values, "enquiry", 0, "")["first_answer"], now)
    for begun, kind, share in (
        (late, "resolution", number // 2),
        (answer, "first_answer", number - number // 2),
    ):
        policy = clocks.keep_policies([begun.policy])[begun.policy.digest]
        steps = positions(begun.policy, begun.laid.minutes)
        fired = sum(step.position < begun.laid.minutes for step in steps)
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE desk_clock SET kind = %s, policy_id = %s, counted_from = %s, minutes = %s, due_at = %s, next_at = %s, fired = %s"
                " WHERE id IN (SELECT k.id FROM desk_clock k WHERE k.state = 'running' AND k.kind = 'resolution' AND k.next_at > %s"
                " AND EXISTS (SELECT 1 FROM desk_clock o WHERE o.case_id = k.case_id AND o.kind = 'ceiling')"
                " ORDER BY k.id DESC LIMIT %s)",
                [
                    kind,
                    policy,
                    begun.laid.base,
                    begun.laid.minutes,
                    begun.laid.due,
                    begun.laid.due,
                    fired,
                    now,
                    share,
                ],
            )


def _just_past(policy: Any, now: datetime) -> clocks.Begun:
    """The policy begun so that its deadline passed as lately as possible."""
    begun = [clocks.begun(policy, now - timedelta(hours=h)) for h in range(1, 24 * 60)]
    return max((b for b in begun if b.laid.due < now), key=lambda b: b.laid.due)


@dataclass
class Turn:
    ours_list: float
    ours_create: float
    peer_list: float
    peer_create: float


def turns(browser: Browser, create: Callable[[], float], peer: Peer) -> Iterator[Turn]:
    """The two products one after the other, so that both meet the same noise."""
    for _round in range(ROUNDS):
        yield Turn(
            statistics.median(_timed(lambda: _page(browser, "/desk/?view=open")) for _n in range(30)),
            statistics.median(create() for _n in range(100)),
            statistics.median(peer.ask("list", 3)),
            statistics.median(peer.ask("create", 60)),
        )


def run(cases: int = 1_000_000, clients: int | None = None) -> dict[str, Any]:
    """Milliseconds, seconds and ratios; see above."""
    clients = clients or cases
    data.use(f"desk_{cases}", clients, holdings=False)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM desk_case")
        if cursor.fetchone()[0] < cases:
            prepare(clients, cases)
    settings.ALLOWED_HOSTS = ["*"]
    database: dict[str, Any] = dict(settings.DATABASES["default"])
    peer = Peer(env.VAR / "peers" / "helpdesk", {**database, "NAME": f"bench_helpdesk_{cases}"}, cases)
    try:
        return _measure(cases, clients, peer)
    finally:
        peer.close()


def _measure(cases: int, clients: int, peer: Peer) -> dict[str, Any]:
    from maitian.staff import actions as staff

    browsers = {who: signed_in(Member.objects.get(sign_in_name=who)) for who in WHO}
    token = staff.make_token(
        Member.objects.get(sign_in_name="agent1"), f"bench {shanghai(timezone.now())}", ["desk.work"]
    )
    create = creating(Browser(headers={"Authorization": "Bearer " + token}), clients)
    for browser in browsers.values():
        _page(browser, "/desk/")
    settle()  # as a web process does when it has loaded everything
    each = lists(browsers)
    worst = max(each, key=lambda name: each[name])
    found_in = searches(browsers)
    rounds = list(turns(browsers["boss"], create, peer))
    created = [create() for _n in range(300)]
    fold()
    swept = []
    for _round in range(ROUNDS):
        sweeping.sweep()  # what has become due by itself meanwhile
        make_due(DUE)
        began = time.perf_counter()
        done = sweeping.sweep()
        swept.append(time.perf_counter() - began)
        if done.breaches < DUE:
            raise RuntimeError(f"{done}")
    idle = statistics.median(_timed(sweeping.sweep) for _n in range(20))
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM desk_clock WHERE stopped_at IS NULL")
        open_clocks = cursor.fetchone()[0]
    return {
        "clients": clients, "cases": cases, "open_clocks": open_clocks,
        "list_p95_ms": round(each[worst], 1), "list_worst": worst, "lists": {n: round(ms, 1) for n, ms in each.items()},
        "create_ms": round(statistics.median(created) * 1000, 2), "create_p95_ms": round(p95(created), 2),
        "search_p95_ms": round(p95(found_in), 1), "search_recall": recall(),
        "sweep_seconds": round(statistics.median(swept), 3), "sweep_idle_ms": round(idle * 1000, 2), "due": DUE,
        "list_ratio": round(statistics.median(t.peer_list / t.ours_list for t in rounds), 1),
        "create_ratio": round(statistics.median(t.peer_create / t.ours_create for t in rounds), 2),
        "ours_list_ms": round(statistics.median(t.ours_list for t in rounds) * 1000, 1),
        "peer_list_ms": round(statistics.median(t.peer_list for t in rounds) * 1000, 1),
        "peer_create_ms": round(statistics.median(t.peer_create for t in rounds) * 1000, 2),
        "peer": peer.about, **data.machine(),
    }  # fmt: skip
