"""The conditions that clients bring. Importing this module registers them (``apps.py`` does).

Every piece of SQL asks one thing of ``clients_client`` under the scope's alias. What stands in another table is
asked with EXISTS, so that the planner can begin there when few rows match and end there when many do.
"""

from __future__ import annotations

from calendar import isleap
from collections.abc import Callable, Collection, Sequence
from datetime import date
from typing import Any

from django.db.models import Q

from maitian.clients.conditions import (
    Certain,
    Choices,
    Compile,
    Condition,
    Kind,
    Operator,
    Option,
    Scope,
    Words,
    register,
)
from maitian.clients.models import Security, Tag
from maitian.staff.models import Member, Outlet

Sql = Callable[[Scope], str]
YUAN, DAYS, YEARS = ("元", "CNY"), ("天", "days"), ("岁", "years")
CHANNELS = {0: ("收件箱", "inbox"), 1: ("短信", "SMS"), 2: ("邮件", "e-mail"), 3: ("电话", "calls")}
CLASSES = {0: ("服务", "service"), 1: ("营销", "commercial"), 2: ("关怀", "care")}

# --- ways to ask that several conditions share -------------------------------------------------------------


def any_of(sentence: Words, sql: Compile, kind: Kind = Kind.CHOICES) -> Operator:
    return Operator("any_of", kind, ("是其中之一", "is one of"), sentence, sql)


def all_of(sentence: Words, sql: Compile) -> Operator:
    return Operator("all_of", Kind.CHOICES, ("全部都有", "has all of"), sentence, sql)


def flag(name: str, label: Words, sentence: Words, sql: Sql) -> Operator:
    return Operator(name, Kind.FLAG, label, sentence, lambda scope, _true: sql(scope))


def days(name: str, label: Words, sentence: Words, sql: Compile, most: int = 3660) -> Operator:
    return Operator(name, Kind.DAYS, label, sentence, sql, DAYS, most)


def column(name: str) -> Compile:
    """A column of the client is one of the values."""
    return lambda scope, values: f"{scope.c}.{name} = ANY({scope(values)})"


def exists(table: str, condition: Compile) -> Compile:
    """There is a row ``x`` of a table with the client's ``client_id`` that meets the condition."""

    def compiled(scope: Scope, value: Any) -> Certain:
        within = condition(scope, value)
        return Certain(f"EXISTS (SELECT 1 FROM {table} x WHERE x.client_id = {scope.c}.id AND ({within}))")

    return compiled


def person(condition: Compile) -> Compile:
    return exists("clients_personaldata", condition)


def amounts(what: Words, sql: Sql) -> tuple[Operator, ...]:
    """At least, at most and between, of an amount of CNY that ``sql`` gives; never NULL."""

    def least(scope: Scope, value: str) -> str:
        return f"{sql(scope)} >= {scope(value)}::numeric"

    def most(scope: Scope, value: str) -> str:
        return f"{sql(scope)} <= {scope(value)}::numeric"

    def between(scope: Scope, value: Sequence[str]) -> str:
        return f"{sql(scope)} BETWEEN {scope(value[0])}::numeric AND {scope(value[1])}::numeric"

    zh, en = what
    return (
        Operator("at_least", Kind.MONEY, ("不少于", "at least"),
                 (f"{zh}不少于 {{value}} 元", f"{en} of at least CNY {{value}}"), least, YUAN),
        Operator("at_most", Kind.MONEY, ("不多于", "at most"),
                 (f"{zh}不多于 {{value}} 元", f"{en} of at most CNY {{value}}"), most, YUAN),
        Operator("between", Kind.MONEY_RANGE, ("在两数之间", "between"),
                 (f"{zh}在 {{value}} 元之间", f"{en} of CNY {{value}}"), between, YUAN),
    )  # fmt: skip


def offered(*rows: tuple[int | str, str, str]) -> list[Option]:
    return [Option(value, (zh, en)) for value, zh, en in rows]


# --- the record ---------------------------------------------------------------------------------------------


def _is_institution(scope: Scope, values: Sequence[str]) -> str:
    return f"CASE WHEN {scope.c}.institution THEN 'institution' ELSE 'person' END = ANY({scope(values)})"


def _opened_within(scope: Scope, n: int) -> str:
    return f"{scope.c}.opened_on BETWEEN {scope(scope.in_days(-n))} AND {scope(scope.today)}"


def _opened_before(scope: Scope, n: int) -> str:
    return f"{scope.c}.opened_on < {scope(scope.in_days(-n))}"


def _tagged(scope: Scope, values: Sequence[str]) -> str:
    return Certain(
        "EXISTS (SELECT 1 FROM clients_clienttag x JOIN clients_tag t ON t.id = x.tag_id"
        f" WHERE x.client_id = {scope.c}.id AND t.name = ANY({scope(values)}))"
    )


def _tagged_all(scope: Scope, values: Sequence[str]) -> str:
    return " AND ".join(_tagged(scope, [value]) for value in values)


def _tags() -> list[Option]:
    rows = Tag.objects.order_by("name").values_list("name", "name_en")
    return [Option(name, (name, name_en or name)) for name, name_en in rows]


register(
    Condition(
        "state", ("状态", "State"), "record", (any_of(("状态是{value}", "state is {value}"), column("state")),),
        Choices(offered(
            ("lead", "线索", "lead"), ("opened", "已开户", "opened"), ("active", "活跃", "active"),
            ("dormant", "休眠", "dormant"), ("leaving", "流失中", "leaving"), ("closed", "已销户", "closed"),
        ), str),
    )
)  # fmt: skip
register(
    Condition(
        "institution", ("个人或机构", "Person or institution"), "record",
        (any_of(("是{value}", "is {value}"), _is_institution),),
        Choices(offered(("person", "个人客户", "a person"), ("institution", "机构客户", "an institution")), str),
    )
)  # fmt: skip


def _opened_this_day(scope: Scope) -> str:
    days_of_today = scope(birth_days(scope.today, 1))
    month_and_day = f"extract(month FROM {scope.c}.opened_on) * 100 + extract(day FROM {scope.c}.opened_on)"
    return f"(({month_and_day}) = ANY({days_of_today}) AND {scope.c}.opened_on < {scope(scope.today.replace(month=1, day=1))})"


register(
    Condition(
        "opened", ("开户时间", "Opened"), "record",
        (
            days("within_days", ("在最近几天内", "within the last days"),
                 ("最近 {value} 天内开户", "opened within {value} days"), _opened_within),
            days("before_days", ("超过几天", "more days ago than"),
                 ("开户超过 {value} 天", "opened more than {value} days ago"), _opened_before, most=36600),
            flag("anniversary", ("的周年是今天", "has its anniversary today"), ("今天是开户周年", "opened on this day of an earlier year"), _opened_this_day),
        ),
    )
)  # fmt: skip
register(
    Condition(
        "tag", ("标签", "Tag"), "record",
        (
            any_of(("有标签{value}", "tagged {value}"), _tagged),
            all_of(("有标签{value}", "tagged {value}"), _tagged_all),
        ),
        Choices(_tags, str),
    )
)  # fmt: skip

# --- the person ---------------------------------------------------------------------------------------------


def birth_days(first: date, n: int) -> list[int]:
    """Month × 100 + day of the ``n`` days from ``first`` on. 29 February is kept on the 28th of a common year."""
    found: set[int] = set()
    for offset in range(min(n, 366)):
        on = date.fromordinal(first.toordinal() + offset)
        found.add(on.month * 100 + on.day)
        if (on.month, on.day) == (2, 28) and not isleap(on.year):
            found.add(229)
    return sorted(found)


def born_by(today: date, age: int) -> date:
    """The last day of birth of somebody who has completed ``age`` years by ``today``."""
    year = max(today.year - age, 1)
    if (today.month, today.day) == (2, 29) and not isleap(year):
        return date(year, 2, 28)
    return today.replace(year=year)


def _birthday_within(scope: Scope, n: int) -> str:
    return f"x.birth_day = ANY({scope(birth_days(scope.today, n + 1))})"


def _birthday_today(scope: Scope) -> str:
    return person(_birthday_within)(scope, 0)


def _born_in(scope: Scope, months: Sequence[int]) -> str:
    """The days of the months one by one, so that the index on ``birth_day`` serves them."""
    return f"x.birth_day = ANY({scope([month * 100 + day for month in months for day in range(1, 32)])})"


def _aged(scope: Scope, ages: Sequence[int]) -> str:
    return f"x.birthday > {scope(born_by(scope.today, ages[1] + 1))} AND x.birthday <= {scope(born_by(scope.today, ages[0]))}"


def _aged_least(scope: Scope, age: int) -> str:
    return f"x.birthday <= {scope(born_by(scope.today, age))}"


def _aged_most(scope: Scope, age: int) -> str:
    return f"x.birthday > {scope(born_by(scope.today, age + 1))}"


def _gender(scope: Scope, values: Sequence[str]) -> str:
    return f"x.gender = ANY({scope(values)})"


MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
          "November", "December")  # fmt: skip

register(
    Condition(
        "birthday", ("生日", "Birthday"), "person",
        (
            flag("today", ("是今天", "is today"), ("今天生日", "birthday today"), _birthday_today),
            days("within_days", ("在今后几天内", "within the next days"),
                 ("{value} 天内生日", "birthday within {value} days"), person(_birthday_within), most=366),
            Operator("any_of", Kind.CHOICES, ("在这些月份", "in these months"),
                     ("生日在{value}", "birthday in {value}"), person(_born_in)),
        ),
        Choices(offered(*((n, f"{n}月", name) for n, name in enumerate(MONTHS, 1)))),
    )
)  # fmt: skip
register(
    Condition(
        "age", ("年龄", "Age"), "person",
        (
            Operator("between", Kind.NUMBER_RANGE, ("在两数之间", "between"), ("年龄 {value} 岁", "aged {value}"),
                     person(_aged), YEARS, most=150),
            Operator("at_least", Kind.NUMBER, ("不小于", "at least"), ("年满 {value} 岁", "aged {value} or more"),
                     person(_aged_least), YEARS, most=150),
            Operator("at_most", Kind.NUMBER, ("不大于", "at most"), ("不超过 {value} 岁", "aged {value} or less"),
                     person(_aged_most), YEARS, most=150),
        ),
    )
)  # fmt: skip
register(
    Condition(
        "gender", ("性别", "Gender"), "person", (any_of(("性别{value}", "{value}"), person(_gender)),),
        Choices(offered(("F", "女", "women"), ("M", "男", "men")), str),
    )
)  # fmt: skip

# --- assets and holdings --------------------------------------------------------------------------------------


def _assets(scope: Scope) -> str:
    return f"{scope.c}.assets"


def _cash(scope: Scope) -> str:
    return (
        "(SELECT coalesce(sum(x.cash), 0) FROM clients_fundaccount x"
        f" WHERE x.client_id = {scope.c}.id AND x.closed_on IS NULL)"
    )


def split_securities(values: Sequence[str]) -> tuple[list[str], list[str]]:
    """``(symbols, industries)``."""
    symbols = [value for value in values if len(value) == 6 and value.isascii() and value.isdigit()]
    return symbols, [value for value in values if value not in symbols]


def _concerned(scope: Scope, values: Sequence[str], name: str) -> str:
    """A column is one of the symbols, or a security of the industries.

    A single symbol is asked with =, by which the planner knows that a client has one row of it at most.
    """
    symbols, industries = split_securities(values)
    parts = []
    if len(symbols) == 1:
        parts.append(f"{name} = {scope(symbols[0])}")
    elif symbols:
        parts.append(f"{name} = ANY({scope(symbols)})")
    if industries:
        within = f"SELECT s.symbol FROM clients_security s WHERE s.industry = ANY({scope(industries)})"
        parts.append(f"{name} IN ({within})")
    return " OR ".join(parts)


def _holds(scope: Scope, values: Sequence[str]) -> str:
    return f"x.quantity > 0 AND ({_concerned(scope, values, 'x.symbol')})"


def _follows(scope: Scope, values: Sequence[str]) -> str:
    """The securities themselves, those of the industries, and the industries by name."""
    _symbols, industries = split_securities(values)
    by_name = f" OR x.what = ANY({scope(industries)})" if industries else ""
    return _concerned(scope, values, "x.what") + by_name


class Securities(Choices):
    """Symbols and industries: too many to list, so they are looked up and searched for."""

    def __init__(self) -> None:
        super().__init__([], str)

    def labels(self, values: Collection[int | str]) -> dict[int | str, Option]:
        found: dict[int | str, Option] = {}
        for row in Security.objects.filter(symbol__in=values):
            found[row.symbol] = _security(row)
        named = Security.objects.filter(industry__in=values).values_list("industry", flat=True)
        for industry in named.distinct():
            found[industry] = _industry(industry)
        return found

    def resolve(self, words: str) -> str:
        return Security.objects.filter(name=words).values_list("symbol", flat=True).first() or ""

    def search(self, words: str, most: int = 12) -> list[Option]:
        """Industries and securities that contain the words, or whose code begins with them."""
        words = words.strip()[:30]
        if not words:
            return []
        named = Security.objects.filter(industry__contains=words).values_list("industry", flat=True)
        found = Security.objects.filter(Q(symbol__startswith=words) | Q(name__contains=words))
        return [
            *(_industry(name) for name in named.distinct().order_by("industry")[:4]),
            *(_security(row) for row in found.order_by("symbol")[:most]),
        ]


def _security(row: Security) -> Option:
    return Option(row.symbol, (f"{row.name} {row.symbol}", f"{row.name_en or row.name} {row.symbol}"))


def _industry(name: str) -> Option:
    return Option(name, (f"{name}行业", f"industry {name}"))


SECURITIES = Securities()
register(
    Condition("assets", ("总资产", "Total assets"), "money", amounts(("总资产", "total assets"), _assets))
)
register(Condition("cash", ("可用资金", "Cash"), "money", amounts(("可用资金", "cash"), _cash)))
register(
    Condition(
        "holds", ("持有", "Holds"), "money",
        (any_of(("持有{value}", "holds {value}"), exists("clients_holding", _holds), Kind.SECURITIES),), SECURITIES,
    )
)  # fmt: skip
register(
    Condition(
        "follows", ("关注", "Follows"), "money",
        (any_of(("关注{value}", "follows {value}"), exists("clients_follow", _follows), Kind.SECURITIES),), SECURITIES,
    )
)  # fmt: skip

# --- suitability ------------------------------------------------------------------------------------------------


def _until(scope: Scope, name: str, n: int) -> str:
    return f"{name} BETWEEN {scope(scope.today)} AND {scope(scope.in_days(n))}"


def _assessment_until(scope: Scope, n: int) -> str:
    return _until(scope, f"{scope.c}.risk_valid_until", n)


def _assessment_valid(scope: Scope) -> str:
    return f"{scope.c}.risk_valid_until >= {scope(scope.today)}"


def _assessment_expired(scope: Scope) -> str:
    return f"{scope.c}.risk_valid_until < {scope(scope.today)}"


def _assessment_missing(scope: Scope) -> str:
    return f"{scope.c}.risk_valid_until IS NULL"


def _advised(scope: Scope) -> str:
    return f"{scope.c}.advised"


def _document_until(scope: Scope, n: int) -> str:
    return _until(scope, "x.id_valid_until", n)


def _document_expired(scope: Scope) -> str:
    return person(lambda inner, _true: f"x.id_valid_until < {inner(inner.today)}")(scope, True)


def _document_missing(scope: Scope) -> str:
    return Certain(f"NOT {person(lambda _inner, _true: 'x.id_valid_until IS NOT NULL')(scope, True)}")


register(
    Condition(
        "risk_class", ("风险承受能力", "Risk class"), "suitability",
        (any_of(("风险承受能力是{value}", "risk class is {value}"), column("risk_class")),),
        Choices(offered((0, "未测评", "not assessed"), (1, "C1 最低", "C1-lowest"), *((n + 1, f"C{n}", f"C{n}") for n in range(1, 6)))),
    )
)  # fmt: skip
register(
    Condition(
        "investor_class", ("投资者类别", "Investor class"), "suitability",
        (any_of(("是{value}", "is {value}"), column("investor_class")),),
        Choices(offered(("ordinary", "普通投资者", "an ordinary investor"),
                        ("professional", "专业投资者", "a professional investor")), str),
    )
)  # fmt: skip
register(
    Condition(
        "assessment", ("风险测评", "Assessment"), "suitability",
        (
            days("expires_within", ("在今后几天内到期", "expires within the next days"),
                 ("风险测评 {value} 天内到期", "assessment expires within {value} days"), _assessment_until),
            flag("valid", ("有效", "is valid"), ("风险测评有效", "assessment valid"), _assessment_valid),
            flag("expired", ("已过期", "has expired"), ("风险测评已过期", "assessment expired"), _assessment_expired),
            flag("missing", ("从来没有", "never taken"), ("没有做过风险测评", "never assessed"), _assessment_missing),
        ),
    )
)  # fmt: skip
register(
    Condition(
        "advice_agreement", ("投顾协议", "Agreement on advice"), "suitability",
        (flag("in_force", ("有效", "is in force"), ("投顾协议有效", "agreement on advice in force"), _advised),),
    )
)  # fmt: skip


def _may_trade(scope: Scope, values: Sequence[str]) -> str:
    today = scope(scope.today)
    return f"x.kind = ANY({scope(values)}) AND x.since <= {today} AND (x.until IS NULL OR x.until >= {today})"


def _may_trade_all(scope: Scope, values: Sequence[str]) -> str:
    return " AND ".join(exists("clients_tradingpermission", _may_trade)(scope, [value]) for value in values)


PERMISSIONS = (
    ("chinext", "创业板", "ChiNext"), ("star", "科创板", "STAR"), ("beijing", "北交所", "the Beijing exchange"),
    ("hk_connect", "港股通", "HK Connect"), ("margin", "融资融券", "margin"), ("options", "期权", "options"),
    ("convertibles", "可转债", "convertibles"),
)  # fmt: skip
register(
    Condition(
        "trading_permission", ("交易权限", "Trading permission"), "suitability",
        (
            any_of(("有{value}权限", "may trade {value}"), exists("clients_tradingpermission", _may_trade)),
            all_of(("有{value}权限", "may trade {value}"), _may_trade_all),
        ),
        Choices(offered(*PERMISSIONS), str),
    )
)  # fmt: skip
register(
    Condition(
        "id_document", ("证件有效期", "Id document"), "suitability",
        (
            days("expires_within", ("在今后几天内到期", "expires within the next days"),
                 ("证件 {value} 天内到期", "id document expires within {value} days"), person(_document_until)),
            flag("expired", ("已过期", "has expired"), ("证件已过期", "id document expired"), _document_expired),
            flag("missing", ("没有登记", "not on record"),
                 ("没有登记证件有效期", "no expiry of the id document on record"), _document_missing),
        ),
    )
)  # fmt: skip

# --- service and contact ------------------------------------------------------------------------------------------


def _ranks() -> list[Option]:
    return [Option(rank, (f"{rank} 级", f"level {rank}")) for rank in range(4)]


def _managers() -> list[Option]:
    found = Member.objects.filter(Q(role="account_manager") | Q(clients__isnull=False)).distinct()
    return [Option(m.pk, (m.name, m.name_en or m.name)) for m in found.order_by("-active", "name", "pk")]


def _outlets() -> list[Option]:
    return [Option(o.pk, (o.name, o.name_en or o.name)) for o in Outlet.objects.order_by("code")]


def _missing(name: str) -> Sql:
    return lambda scope: f"{scope.c}.{name} IS NULL"


def _contact_older(scope: Scope, n: int) -> str:
    before = scope(scope.midnight(scope.in_days(-n)))
    return f"({scope.c}.last_contact_at < {before} OR {scope.c}.last_contact_at IS NULL)"


def _contact_within(scope: Scope, n: int) -> str:
    return f"{scope.c}.last_contact_at >= {scope(scope.midnight(scope.in_days(-n)))}"


def consent_mask(values: Sequence[str]) -> int:
    """``class-channel`` pairs as bits of ``Client.consent_bits``; what is no pair is no bit."""
    bits = 0
    for value in values:
        message_class, _dash, channel = value.partition("-")
        if message_class in ("0", "1", "2") and channel in ("0", "1", "2", "3"):
            bits |= 1 << (int(message_class) * 4 + int(channel))
    return bits


def channel_mask(values: Sequence[int]) -> int:
    return sum(1 << value for value in set(values) if 0 <= value < 15)


def _some_bits(name: str, mask: Callable[[Any], int]) -> Compile:
    return lambda scope, values: f"{scope.c}.{name} & {scope(mask(values))} <> 0"


def _all_bits(name: str, mask: Callable[[Any], int]) -> Compile:
    return lambda scope, values: f"{scope.c}.{name} & {scope(mask(values))} = {scope(mask(values))}"


register(
    Condition(
        "level", ("级别", "Level"), "service", (any_of(("级别是{value}", "level is {value}"), column("level_rank")),),
        Choices(_ranks),  # offerings gives the levels' names
    )
)  # fmt: skip
register(
    Condition(
        "manager", ("客户经理", "Account manager"), "service",
        (
            any_of(("客户经理是{value}", "account manager is {value}"), column("manager_id")),
            flag("missing", ("没有", "nobody"), ("没有客户经理", "no account manager"), _missing("manager_id")),
        ),
        Choices(_managers),
    )
)  # fmt: skip
register(
    Condition(
        "outlet", ("网点", "Outlet"), "service",
        (
            any_of(("网点是{value}", "outlet is {value}"), column("outlet_id")),
            flag("missing", ("没有", "none"), ("没有网点", "no outlet"), _missing("outlet_id")),
        ),
        Choices(_outlets),
    )
)  # fmt: skip
register(
    Condition(
        "last_contact", ("最近联系", "Last contact"), "service",
        (
            days("older_than", ("已经超过几天", "more days ago than"),
                 ("超过 {value} 天没有联系", "not contacted for more than {value} days"), _contact_older),
            days("within_days", ("在最近几天内", "within the last days"),
                 ("最近 {value} 天内联系过", "contacted within {value} days"), _contact_within),
            flag("never", ("从来没有", "never"), ("从来没有联系过", "never contacted"), _missing("last_contact_at")),
        ),
    )
)  # fmt: skip
register(
    Condition(
        "consent", ("同意接收", "Consent"), "service",
        (
            any_of(("同意接收{value}", "consented to {value}"), _some_bits("consent_bits", consent_mask)),
            all_of(("同意接收{value}", "consented to {value}"), _all_bits("consent_bits", consent_mask)),
        ),
        Choices(
            [
                Option(f"{c}-{n}", (f"{CLASSES[c][0]}{CHANNELS[n][0]}", f"{CLASSES[c][1]} {CHANNELS[n][1]}"))
                for c in CLASSES
                for n in CHANNELS
            ],
            str,
        ),
    )
)  # fmt: skip
register(
    Condition(
        "address", ("能收到的渠道", "Reachable by"), "service",
        (
            any_of(("能用{value}找到", "reachable by {value}"), _some_bits("address_bits", channel_mask)),
            all_of(("能用{value}找到", "reachable by {value}"), _all_bits("address_bits", channel_mask)),
        ),
        Choices([Option(value, words) for value, words in CHANNELS.items()]),
    )
)  # fmt: skip
