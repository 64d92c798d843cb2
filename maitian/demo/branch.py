"""The demonstration branch (G1): deterministic from a seed, written by COPY.

The full branch has the source's size: 70,000 clients, CNY 4 billion, 200 account managers, 11 hotline
agents, 12 clerks, 6 advisers. A smaller cut keeps the proportions. All people are invented; the prices are
real, on shifted days.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from django.contrib.auth.hashers import make_password
from django.db import connection, transaction
from django.utils import timezone

from maitian.clients import rules as client_rules
from maitian.clients.models import Client, Tag
from maitian.core import ledger
from maitian.core import time as business_time
from maitian.core.privacy import encrypt, token, tokens
from maitian.demo import (
    accounts,
    advice,
    campaigns,
    desk,
    duplicates,
    kinds,
    knowledge,
    mails,
    routes,
    segments,
    shares,
    visits,
    webhooks,
)
from maitian.demo import outreach as sending
from maitian.demo.briefings import load as load_briefings
from maitian.demo.names import people
from maitian.demo.notes import REPORTS
from maitian.desk.setup import seed_comfort
from maitian.library import actions as library
from maitian.library.models import Announcement, Report
from maitian.offerings import actions as offerings
from maitian.offerings.models import LevelChange, ServiceLevel
from maitian.outreach import actions as outreach
from maitian.staff.models import Branch, Member, Outlet

PASSWORD = "maitian-demo"  # noqa: S105 - the demonstration's, printed at every start
MARKET = Path(__file__).parent / "market"
FULL = 70_000
TOTAL_ASSETS = 4_000_000_000  # CNY, G1
STORY = ["陈建国", "李秀英", "王志远", "周桂花", "赵海涛"]


def copy(table: str, columns: str, rows: Iterable[Sequence[Any]]) -> None:
    """Rows into a table by COPY."""
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as out:
        for row in rows:
            out.write_row(row)


@transaction.atomic
def load(clients: int, seed: int = 20261124, cases: int | None = None) -> dict[str, int]:
    """Fill an empty database; a database with clients is left alone. Returns what was made.

    ``cases``: about how many cases the desk has had; by default in proportion to the clients.
    """
    if Client.objects.exists():
        return {}
    random = np.random.default_rng(seed)
    now = timezone.now()
    made: dict[str, int] = {}
    days, symbols, closes = _market(business_time.today())
    branch, members = _staff(clients)
    made["members"] = len(members)
    _clients(clients, branch, members, symbols, closes, days, random, now)
    made["clients"] = clients
    made["reports"] = _library(members, now)
    _applications(members, now)
    made["trades"] = accounts.trades(symbols, closes, days, random)
    accounts.balances(now)
    accounts.permissions(business_time.today())
    _statistics()
    segments.load()
    made["pairs"] = duplicates.load(branch, members)
    made["campaigns"] = campaigns.load(members, clients)
    made["briefings"] = load_briefings(members, clients)
    made["allotments"] = shares.load(copy)
    made["picks"] = advice.load(members)
    _one_send(members)
    made["sends"] = sending.load(members, clients)
    if cases != 0:
        made["articles"] = knowledge.load(members, now)
    made["cases"] = desk.load(members, max(12, clients // 42) if cases is None else cases, now)
    if cases != 0:
        knowledge.used_in_cases(members, now)
        made["mails"] = mails.load(now)
        made["visits"] = visits.load(members, now)
        made["cases"] += kinds.load(members, now)
        routes.load(members, now)
    made["webhooks"] = webhooks.load(members, clients)
    return made


def _statistics() -> None:
    """What the planner must know of the rows so far: within this one transaction nobody else tells it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "ANALYZE clients_client, clients_contactpoint, clients_coverage, clients_fundaccount, clients_holding, clients_trade, clients_price"
        )


# --- market ---------------------------------------------------------------------------------------------


def _market(today: date) -> tuple[list[date], list[str], np.ndarray]:
    """Securities and 244 days of real prices on the last 244 trading days before ``today``."""
    with (MARKET / "securities.csv").open(encoding="utf-8") as file:
        listed = list(csv.DictReader(file))
    data = np.load(MARKET / "prices.npz")
    closes = np.concatenate([data["first"][:, None], data["steps"]], axis=1).cumsum(axis=1)
    days = business_time.trading_days_before(today, closes.shape[1])
    symbols = [str(symbol) for symbol in data["symbols"]]
    copy(
        "clients_security", "symbol, exchange, name, name_en, industry, area, listed",
        ((r["symbol"], r["exchange"], r["name"], "", r["industry"], r["area"], True) for r in listed),
    )  # fmt: skip
    lots = data["lots"]
    copy(
        "clients_price", "symbol, day, close, volume_lots",
        (
            (symbol, day, f"{closes[i, j] / 1000:.3f}", int(lots[i, j]))
            for i, symbol in enumerate(symbols)
            for j, day in enumerate(days)
        ),
    )  # fmt: skip
    copy(
        "clients_price", "symbol, day, close, volume_lots",
        (("CSI300", day, f"{value / 1000:.3f}", 0) for day, value in zip(days, data["index"], strict=True)),
    )  # fmt: skip
    return days, symbols, closes


# --- staff ----------------------------------------------------------------------------------------------

NAMED = [
    ("editor", "温雅琴", "content_editor", "management"),
    ("checker", "乔春梅", "compliance_officer", "management"),
    ("boss", "顾培源", "branch_manager", "management"),
    ("lead", "孟国栋", "team_lead", "marketing"),
    ("manager1", "周晓雯", "account_manager", "marketing"),
    ("hotline1", "方静", "hotline_agent", "service"),
    ("clerk1", "汤美玲", "counter_clerk", "business"),
    ("adviser1", "康明", "adviser", "wealth"),
    ("campaign", "郝思琪", "campaign_editor", "management"),
    ("admin", "严宏伟", "administrator", "management"),
]


def _staff(clients: int) -> tuple[Branch, dict[str, Member]]:
    share = clients / FULL
    branch, _new = Branch.objects.get_or_create(
        code="BH",
        defaults={
            "name": "滨河路营业部",
            "name_en": "Binhe Road branch",
            "phone": "95500",
            "monthly_sms_budget": 45000,
        },
    )
    seed_comfort(branch)
    outlets = [
        Outlet.objects.get_or_create(code=code, defaults={"branch": branch, "name": name, "name_en": name_en})[0]
        for code, name, name_en in (("BH1", "滨河路大厅", "Binhe Road hall"), ("BH2", "东城服务点", "East town outlet"), ("BH3", "大学城服务点", "Campus outlet"))
    ]  # fmt: skip
    password = make_password(PASSWORD)
    random = np.random.default_rng(7)
    numbers = {
        "account_manager": max(6, round(200 * share)),
        "hotline_agent": 11,
        "counter_clerk": 12,
        "adviser": 6,
    }
    centres = {
        "account_manager": "marketing",
        "hotline_agent": "service",
        "counter_clerk": "business",
        "adviser": "wealth",
    }
    short = {
        "account_manager": "manager",
        "hotline_agent": "hotline",
        "counter_clerk": "clerk",
        "adviser": "adviser",
    }
    rows = [(name, real, role, centre) for name, real, role, centre in NAMED]
    for role, count in numbers.items():
        found = people(count, random)
        rows += [(f"{short[role]}{n}", found[n - 1][0], role, centres[role]) for n in range(2, count + 1)]
    members = {}
    for n, (name, real, role, centre) in enumerate(rows):
        members[name] = Member(
            branch=branch, outlet=outlets[n % 3] if centre in ("marketing", "business") else outlets[0],
            sign_in_name=name, password=password, name=real, name_en=" ".join(p.capitalize() for p in client_rules.pinyin(real)),
            initials=client_rules.initials(real), centre=centre, role=role, phone=f"0551-6{n:07d}",
            licence_number=f"S{n:013d}" if role == "adviser" else "",
            # Mails of clocks go here; the counter has no mailboxes of its own, so the bell tells them instead.
            email="" if role == "counter_clerk" else f"{name}@maitian.example", joined_on=date(2020, 3, 1) + timedelta(days=n * 9),
        )  # fmt: skip
    members["manager1"].outlet = members["lead"].outlet = outlets[0]
    left = Member(
        branch=branch, outlet=outlets[1], sign_in_name="left1", password=password, name="钱思远", name_en="Qian Siyuan",
        initials="qsy", centre="marketing", role="account_manager", active=False,
    )  # fmt: skip
    new = Member(
        branch=branch, outlet=outlets[2], sign_in_name="new1", password=password, name="苗青禾", name_en="Miao Qinghe",
        initials="mqh", centre="marketing", role="account_manager", password_is_temporary=True,
        joined_on=business_time.today(),
    )  # fmt: skip
    Member.objects.bulk_create([*members.values(), left, new])
    members["left1"] = left
    return branch, members


# --- clients --------------------------------------------------------------------------------------------


def _clients(
    count: int, branch: Branch, members: dict[str, Member], symbols: list[str], closes: np.ndarray,
    days: list[date], random: np.random.Generator, now: datetime,
) -> None:  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence('clients_client', 'id')) FROM generate_series(1, %s)",
            [count],
        )
        ids = [row[0] for row in cursor.fetchall()]
    persons = people(count, random)
    duplicates.twins(persons)
    managers = [m for name, m in members.items() if m.role == "account_manager" and name != "left1"]
    assets = np.exp(random.normal(9.6, 1.45, count))
    assets *= TOTAL_ASSETS * (count / FULL) / assets.sum()
    order = assets.argsort().argsort() / count
    noisy = np.clip(order + random.normal(0, 0.18, count), 0, 1)
    ranks = np.where(noisy > 0.90, 3, np.where(noisy > 0.55, 2, 1))
    states = random.choice(
        ["active", "opened", "dormant", "leaving", "closed"], count, p=[0.74, 0.06, 0.15, 0.03, 0.02]
    )
    risk = random.choice([0, 1, 2, 3, 4, 5, 6], count, p=[0.04, 0.02, 0.09, 0.20, 0.34, 0.23, 0.08])
    tested = random.integers(20, 900, count)  # days ago; more than two years is expired
    has_email = random.random(count) < 0.72
    bounced = random.random(count) < 0.03
    agreed = random.random((count, 12)) < np.array(
        [0.995, 0.86, 0.62, 0.55, 0.9, 0.35, 0.30, 0.1, 0.97, 0.8, 0.6, 0.5]
    )
    owner = random.integers(0, len(managers), count)
    opened = random.integers(200, 4000, count)
    # The clients of the story: fixed level, class, consent, and one manager.
    for n, (rank, cls) in enumerate(((2, 5), (1, 4), (3, 6), (2, 1), (2, 4))):
        persons[n] = (STORY[n], persons[n][1], persons[n][2], persons[n][3], f"1380000000{n + 1}")
        ranks[n], risk[n], states[n], tested[n], has_email[n], bounced[n], opened[n] = (
            rank,
            cls,
            "active",
            60,
            True,
            False,
            800,
        )
        agreed[n] = True
        assets[n] = (486_000, 92_000, 2_860_000, 310_000, 268_000)[n]
    agreed[4, 1] = False  # 赵海涛 does not want texts
    today = business_time.today()
    valid = [client_rules.valid_until(today - timedelta(days=int(t)), 2) for t in tested]
    bits = (agreed * (1 << np.arange(12))).sum(axis=1)
    addresses = 1 | 2 | 8 | np.where(has_email & ~bounced, 4, 0)
    gap = (
        {int(n) for n in random.choice(np.arange(10, count), min(3, count - 10), replace=False)}
        if count > 20
        else set()
    )

    def manager_of(n: int) -> Member:
        if n < 5:
            return members["manager1"]
        return members["left1"] if n in gap else managers[owner[n]]

    copy(
        "clients_client",
        "id, branch_id, outlet_id, state, institution, investor_class, risk_class, risk_valid_until, level_rank, consent_bits,"
        " address_bits, manager_id, assets, opened_on, last_contact_at, advised",
        (
            (
                ids[n], branch.pk, manager_of(n).outlet_id, states[n], False, "professional" if n > 5 and assets[n] > 5_000_000 else "ordinary",
                int(risk[n]), valid[n] if risk[n] else None, 0, int(bits[n]), int(addresses[n]), manager_of(n).pk,
                f"{assets[n]:.2f}", today - timedelta(days=int(opened[n])), now - timedelta(days=int(tested[n] % 90)), False,
            )
            for n in range(count)
        ),
    )  # fmt: skip
    accounts = [f"{80_000_001 + n}" for n in range(count)]
    emails = [
        f"{client_rules.initials(person[0])}{1000 + n}@mail.example" if has_email[n] else ""
        for n, person in enumerate(persons)
    ]
    copy(
        "clients_personaldata",
        "client_id, name, id_number, home_address, gender, birthday, id_valid_until, initials, id_number_token, id_form, name_token, search_tokens",
        (
            (
                ids[n], encrypt(name), encrypt(id_number), encrypt(f"滨河路 {n % 900 + 1} 号"), gender, birthday,
                _id_valid_until(n, birthday, today) if birthday else None,
                client_rules.initials(name), token(id_number) if id_number else None, client_rules.id_form(id_number), token(name),
                tokens(client_rules.search_words(name, [accounts[n]], phone, emails[n], id_number)),
            )
            for n, (name, gender, id_number, birthday, phone) in enumerate(persons)
        ),
    )  # fmt: skip
    copy(
        "clients_contactpoint", 'client_id, kind, value, value_token, verified_at, bounced_at, "primary"',
        (
            row
            for n, person in enumerate(persons)
            for row in (
                (ids[n], "phone", encrypt(person[4]), token(person[4]), now, None, True),
                *([(ids[n], "email", encrypt(emails[n]), token(emails[n]), now, now if bounced[n] else None, True)] if emails[n] else []),
            )
        ),
    )  # fmt: skip
    copy(
        "clients_fundaccount", "client_id, number, opened_on, closed_on, commission_rate, cash",
        ((ids[n], accounts[n], today - timedelta(days=int(opened[n])), None, None, f"{assets[n] * 0.12:.2f}") for n in range(count)),
    )  # fmt: skip
    password = make_password(PASSWORD)
    copy("clients_portalaccess", "client_id, password, failed_attempts", ((i, password, 0) for i in ids))
    since = now - timedelta(days=190)
    copy(
        "clients_coverage", "client_id, member_id, kind, since, reason",
        (
            row
            for n in range(count)
            for row in (
                (ids[n], manager_of(n).pk, "manager", since, "开户"),
                *([(ids[n], members[f"adviser{n % 6 + 1}"].pk, "adviser", since, "金锦囊")] if ranks[n] == 3 else []),
            )
        ),
    )  # fmt: skip
    copy(
        "clients_consent", "client_id, message_class, channel, granted, at, source, proof, actor",
        (
            (ids[n], bit // 4, bit % 4, True, since, "counter", f"开户协议 KH{80_000_001 + n}", "system:demo")
            for n in range(count)
            for bit in range(12)
            if agreed[n, bit]
        ),
    )  # fmt: skip
    copy(
        "clients_assessment",
        "client_id, questionnaire_version, answers, score, risk_class, reasons, started_by, channel, at, valid_until",
        (
            (ids[n], 1, "{}", int((0, 12, 16, 29, 46, 68, 90)[risk[n]]), int(risk[n]), "[]", f"client:{ids[n]}", "portal",
             now - timedelta(days=int(tested[n])), valid[n])
            for n in range(count)
            if risk[n]
        ),
    )  # fmt: skip
    _holdings(count, ids, dict(zip(ids, accounts, strict=True)), assets, symbols, closes, random)
    copy(
        "clients_follow", "client_id, what, at",
        (
            (ids[n], what, since)
            for n in range(count)
            for what in ({symbols[(n * 37) % len(symbols)], "证券" if n % 23 == 0 else "银行"} if n % 3 == 0 else set())
        ),
    )  # fmt: skip
    copy(
        "clients_preference", "client_id, key, value, noted_by, noted_at",
        ((ids[n], "联系时间", ("收盘后再打电话", "上午方便", "只发短信，不打电话")[n % 3], "system:demo", since) for n in range(0, count, 4)),
    )  # fmt: skip
    _agreements(ids, ranks, states, since)
    labels = [
        Tag.objects.get_or_create(name=name, defaults={"name_en": en})[0]
        for name, en in (
            ("新股常客", "New-share regular"),
            ("券商股", "Broker shares"),
            ("要多联系", "Call more often"),
        )
    ]
    copy(
        "clients_clienttag", "client_id, tag_id, actor, at",
        ((ids[n], labels[n % 3].pk, "system:demo", since) for n in range(0, count, 7)),
    )  # fmt: skip
    rates = {level.rank: level.commission_rate for level in ServiceLevel.objects.all()}
    offerings.subscribe_many(
        (ids[n], int(ranks[n]), rates[int(ranks[n])], today - timedelta(days=int(opened[n] % 180) + 1))
        for n in range(count)
    )
    copy(
        "clients_cashflow", "client_id, account_number, at, amount, reference",
        (
            (ids[n], accounts[n], now - timedelta(days=int(tested[n] % 60) + 1), f"{(assets[n] * 0.05) * (1 if n % 3 else -1):.2f}", f"D{n}")
            for n in range(0, count, 5)
        ),
    )  # fmt: skip
    ledger.record_many(
        {
            "kind": "client.created",
            "actor": manager_of(n).actor,
            "client_id": ids[n],
            "at": now - timedelta(days=120 + n % 50),
        }
        for n in range(count)
    )
    ledger.record_many(
        {"kind": "client.noted", "actor": manager_of(n).actor, "client_id": ids[n], "at": now - timedelta(days=n % 40 + 1),
         "facts": {"text": ("来电问两融开通条件，已说明", "约了下周到网点看新版软件", "问券商股还能不能拿，提示看研究报告")[n % 3]}}
        for n in range(0, count, 3)
    )  # fmt: skip


def _agreements(ids: list[int], ranks: np.ndarray, states: np.ndarray, since: datetime) -> None:
    """Advice agreements: all of Gold Brocade, two thirds of Gold Wisdom."""
    signed = [
        n
        for n in range(len(ids))
        if states[n] != "closed" and (ranks[n] == 3 or (ranks[n] == 2 and n % 3 != 1))
    ]
    copy(
        "clients_adviceagreement",
        "client_id, number, disclosed_at, signed_at, fee, evidence, cooling_ends_at, end_reason, actor",
        (
            (ids[n], f"TG{80_000_001 + n}", since, since + timedelta(minutes=20), "差别佣金", f"签字单 TG{80_000_001 + n}",
             since + timedelta(days=7), "", "system:demo")
            for n in signed
        ),
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE clients_client SET advised = true WHERE id IN (SELECT client_id FROM clients_adviceagreement)"
        )


FOR_GOOD = date(9999, 12, 31)


def _id_valid_until(n: int, birthday: date, today: date) -> date | None:
    """Cards of people under 46 run for twenty years, later ones for good; a few have expired, a few are unknown."""
    if n < len(STORY):
        return today + timedelta(days=3000)
    if n % 31 == 7:
        return None
    if today.year - birthday.year >= 46:
        return FOR_GOOD
    return today + timedelta(days=(n * 397) % 7300 - 150)


def _holdings(
    count: int,
    ids: list[int],
    accounts: dict[int, str],
    assets: np.ndarray,
    symbols: list[str],
    closes: np.ndarray,
    random: np.random.Generator,
) -> None:
    """One to six stocks a client by Zipf; every twelfth holds a securities firm; the story's clients do."""
    last = closes[:, -1] / 1000
    weights = 1 / np.arange(1, len(symbols) + 1) ** 0.8
    shuffled = random.permutation(len(symbols))
    brokers = [
        i for i, symbol in enumerate(symbols) if symbol in ("002500", "600369", "600030", "601688", "000776")
    ]
    rows = []
    for n in range(count):
        number = int(random.integers(1, 7))
        chosen = {int(shuffled[i]) for i in random.choice(len(symbols), number, p=weights / weights.sum())}
        if n % 12 == 0:
            chosen.add(brokers[n // 12 % len(brokers)])
        if n < 5:
            chosen.add(symbols.index("002500" if n != 1 else "600369"))
        value = assets[n] * 0.88 / len(chosen)
        for i in sorted(chosen):
            quantity = max(100, int(value / last[i] / 100) * 100)
            rows.append((ids[n], symbols[i], quantity, f"{last[i] * (0.8 + (n % 40) / 100):.3f}"))
    copy("clients_holding", "client_id, symbol, quantity, cost", rows)
    copy(
        "clients_accountholding", "account_number, client_id, symbol, quantity, cost",
        ((accounts[row[0]], *row) for row in rows),
    )  # fmt: skip


def _one_send(members: dict[str, Member]) -> None:
    """One report on its way to the clients: the worker hands it over when the product starts."""
    report = Report.objects.get(title__startswith="降准点评")
    event = outreach.event_for_report(report.pk, maker=members["editor"].actor)
    event = outreach.decide(event.pk, actor=members["editor"].actor)
    outreach.send(event.pk, actor=members["editor"].actor, confirmed_count=outreach.sending_count(event))


# --- library, applications ---------------------------------------------------------------------------------


def _library(members: dict[str, Member], now: datetime) -> int:
    editor, checker = members["editor"].actor, members["checker"].actor
    reports = []
    for n, (kind, title, stars, risk, summary, securities, industries) in enumerate(REPORTS):
        at = now - timedelta(days=n * 2 + 1, hours=n % 5)
        draft = n == len(REPORTS) - 1
        reports.append(
            Report(
                title=title,
                summary=summary,
                kind_id=kind,
                stars=stars,
                risk=risk,
                house=("麦田研究所", "云岭证券研究部", "启明研究")[n % 3],
                author=("康明", "沈思远", "何雨桐")[n % 3],
                securities=securities,
                industries=industries,
                body=f"<p>{summary}</p><p>要点：我们用公开数据核对了三个季度的变化，结论在不同假设下都成立。</p><p>风险：数据滞后，政策变化。</p>",
                state="submitted" if draft else "published",
                maker=editor,
                checker="" if draft else checker,
                made_at=at,
                changed_at=at,
                published_at=None if draft else at,
            )
        )
    Report.objects.bulk_create(reports)
    library.index([report.pk for report in reports if report.state == "published"])
    Announcement.objects.bulk_create(
        [
            Announcement(
                symbol=symbol, kind=kind, title=title, at=now - timedelta(days=n + 1), reference=f"DEMO-{n}"
            )
            for n, (symbol, kind, title) in enumerate(
                [
                    ("002500", "重大事项", "关于筹划重大资产收购的提示性公告"),
                    ("600369", "停牌", "关于筹划并购的停牌公告"),
                    ("600036", "分红", "年度权益分派实施公告"),
                ]
            )
        ]
    )
    return len(reports)


def _applications(members: dict[str, Member], now: datetime) -> None:
    """A few open applications, one of them late."""
    told = [str(80_000_001 + n) for n in range(len(STORY))]  # the story's clients apply in the story
    rows = (
        Client.objects.filter(level_rank__lt=3, state="active", risk_valid_until__gt=business_time.today())
        .exclude(accounts__number__in=told)
        .order_by("-assets")[:6]
    )
    levels = {level.rank: level for level in ServiceLevel.objects.all()}
    for n, client in enumerate(rows):
        change = offerings.apply(
            client.pk, levels[client.level_rank + 1].code, channel="portal", actor=client.actor
        )
        if n == 0:
            LevelChange.objects.filter(pk=change.pk).update(
                due_at=now - timedelta(hours=3), applied_at=now - timedelta(days=2)
            )
        if n == 5:
            offerings.decide(change.pk, approve=True, reason="", actor=members["boss"].actor)
