"""Imports: read the whole file, check every row, store all good rows in one transaction or nothing.

CSV (UTF-8 or GB18030), XLSX, Parquet and DBF (GBK, the exchanges' format). Count in = stored + unchanged
+ rejected; the rejected rows stand in a file with their reasons. Running the same file again changes nothing.
"""

from __future__ import annotations

import csv
import hashlib
import io
import tempfile
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from maitian.clients import rules
from maitian.clients.errors import ImportColumnsMissing, ImportFileWrong, ImportKindUnknown
from maitian.clients.models import ImportRun
from maitian.core import ledger
from maitian.core.privacy import encrypt, token, tokens

SHANGHAI = ZoneInfo("Asia/Shanghai")
FORMATS = "CSV (UTF-8, GB18030) / XLSX / Parquet / DBF"
LARGEST = 200 * 1024 * 1024
Row = dict[str, Any]


@dataclass
class Refused:
    """One row that is not stored: its number in the file, a stable code, why in two languages."""

    line: int
    code: str
    zh: str
    en: str
    row: Row = field(default_factory=dict)


class RowWrong(Exception):
    def __init__(self, code: str, zh: str, en: str) -> None:
        self.code, self.zh, self.en = code, zh, en
        super().__init__(code)


@dataclass
class Importer:
    """``check`` turns a row of text into values or raises :class:`RowWrong`; ``store`` writes them set-based."""

    columns: tuple[str, ...]
    required: tuple[str, ...]
    check: Callable[[Row, dict[str, Any]], tuple[Any, ...]]
    store: Callable[[list[tuple[Any, ...]]], int]
    known: Callable[[], dict[str, Any]] = dict
    key: Callable[[tuple[Any, ...]], Any] = lambda values: values[0]


_importers: dict[str, Importer] = {}


def register(kind: str, importer: Importer) -> None:
    """Add a kind of import; rooms above register theirs (announcements)."""
    _importers[kind] = importer


def importer(kind: str) -> Importer:
    try:
        return _importers[kind]
    except KeyError:
        raise ImportKindUnknown(kind=kind, known="、".join(sorted(_importers))) from None


# --- reading -------------------------------------------------------------------------------------------


def read(content: bytes, name: str) -> list[Row]:
    """Rows of a file as dicts of text, by its name's ending and its first bytes."""
    if len(content) > LARGEST:
        raise ImportFileWrong(why="文件超过 200 MB", why_en="it is larger than 200 MB", formats=FORMATS)
    ending = Path(name).suffix.lower()
    try:
        if content[:4] == b"PAR1":
            return _parquet(content)
        if content[:4] == b"PK\x03\x04":
            return _xlsx(content)
        if ending == ".dbf":
            return _dbf(content)
        if ending in (".csv", ".txt", ""):
            return _csv(content)
    except ImportFileWrong:
        raise
    except Exception as error:
        raise ImportFileWrong(
            why=f"内容不完整或已损坏（{type(error).__name__}）", why_en=f"it is cut off or damaged ({type(error).__name__})",
            formats=FORMATS,
        ) from error  # fmt: skip
    raise ImportFileWrong(
        why=f"不认识“{ending}”格式", why_en=f"the ending “{ending}” is not known", formats=FORMATS
    )


def _csv(content: bytes) -> list[Row]:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise ImportFileWrong(
            why="不是 UTF-8 也不是 GB18030 文字", why_en="it is neither UTF-8 nor GB18030", formats=FORMATS
        )
    if "\x00" in text:
        raise ImportFileWrong(why="里面不是文字", why_en="it is not text", formats=FORMATS)
    head = text.split("\n", 1)[0]
    delimiter = max(",\t;|", key=head.count)
    return list(csv.DictReader(io.StringIO(text), delimiter=delimiter))


def _xlsx(content: bytes) -> list[Row]:
    import openpyxl

    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        if sum(item.file_size for item in archive.infolist()) > 20 * LARGEST:
            raise ImportFileWrong(why="解开后太大", why_en="it is too large when unpacked", formats=FORMATS)
    sheet = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True).active
    rows = sheet.iter_rows(values_only=True) if sheet is not None else iter(())
    head = [str(cell or "").strip() for cell in next(rows, ())]
    return [dict(zip(head, row, strict=False)) for row in rows if any(cell is not None for cell in row)]


def _parquet(content: bytes) -> list[Row]:
    import polars

    return polars.read_parquet(io.BytesIO(content)).to_dicts()


def _dbf(content: bytes) -> list[Row]:
    import dbfread

    with tempfile.NamedTemporaryFile(suffix=".dbf") as file:
        file.write(content)
        file.flush()
        table = dbfread.DBF(file.name, encoding="gbk", lowernames=True, ignore_missing_memofile=True)
        return [dict(record) for record in table]


# --- small readers of cells -------------------------------------------------------------------------------


def text(row: Row, name: str) -> str:
    value = row.get(name)
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).strip()


def need(row: Row, name: str) -> str:
    value = text(row, name)
    if not value:
        raise RowWrong(
            "clients.import.value_missing", f"“{name}”是空的，必须填。", f"“{name}” is empty and is needed."
        )
    return value


def number(row: Row, name: str, least: Decimal | None = None) -> Decimal:
    value = need(row, name).replace(",", "")
    try:
        found = Decimal(value)
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite():
        raise RowWrong(
            "clients.import.number_wrong",
            f"“{name}”是“{value}”，要填数字。",
            f"“{name}” is “{value}”; it takes a number.",
        )
    if least is not None and found < least:
        raise RowWrong(
            "clients.import.number_too_small",
            f"“{name}”是 {found}，不能小于 {least}。",
            f"“{name}” is {found}; it cannot be under {least}.",
        )
    return found


def day(row: Row, name: str, required: bool = True) -> date | None:
    value = row.get(name)
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    words = text(row, name)
    if not words and not required:
        return None
    digits = words.replace("-", "").replace("/", "").replace(".", "")
    try:
        return datetime.strptime(digits[:8], "%Y%m%d").replace(tzinfo=UTC).date()
    except ValueError:
        raise RowWrong(
            "clients.import.day_wrong",
            f"“{name}”是“{words}”，日期写成 2026-11-24。",
            f"“{name}” is “{words}”; write a day like 2026-11-24.",
        ) from None


def moment(row: Row, name: str) -> datetime:
    value = row.get(name)
    words = value.isoformat() if isinstance(value, datetime) else need(row, name)
    try:
        found = datetime.fromisoformat(words)
    except ValueError:
        raise RowWrong(
            "clients.import.moment_wrong",
            f"“{name}”是“{words}”，时间写成 2026-11-24 10:30。",
            f"“{name}” is “{words}”; write a time like 2026-11-24 10:30.",
        ) from None
    return found if found.tzinfo else found.replace(tzinfo=SHANGHAI)


def symbol(row: Row, known: dict[str, Any], code: str = "clients.import.security_unknown") -> str:
    value = need(row, "symbol").split(".")[0].zfill(6)
    if value not in known["symbols"]:
        raise RowWrong(
            code,
            f"没有代码是 {value} 的证券。请先导入证券表，或改代码。",
            f"There is no security {value}. Import the securities first, or correct it.",
        )
    return value


# --- running ----------------------------------------------------------------------------------------------


@dataclass
class Result:
    kind: str
    rows_in: int
    stored: int
    unchanged: int
    refused: list[Refused]
    run_id: int | None = None


def run(kind: str, content: bytes, name: str, *, actor: str, dry_run: bool = False) -> Result:
    """Check the whole file, then store the good rows in one transaction. ``dry_run`` stores nothing."""
    how = importer(kind)
    digest = hashlib.sha256(content).hexdigest()
    rows = read(content, name)
    if not rows:
        raise ImportFileWrong(why="里面没有数据行", why_en="it has no rows", formats=FORMATS)
    have = {str(column).strip().lower() for column in rows[0] if column is not None}
    missing = [column for column in how.required if column not in have]
    if missing:
        raise ImportColumnsMissing(columns="、".join(missing))
    known = how.known()
    good: dict[Any, tuple[Any, ...]] = {}
    refused: list[Refused] = []
    for line, row in enumerate(rows, start=2):
        row = {str(column).strip().lower(): value for column, value in row.items() if column is not None}
        try:
            values = how.check(row, known)
            key = how.key(values)
            if key in good:
                raise RowWrong(
                    "clients.import.row_twice",
                    "文件里已有同一条，只留第一条。",
                    "The file has this one already; the first is kept.",
                )
            good[key] = values
        except RowWrong as error:
            refused.append(Refused(line, error.code, error.zh, error.en, row))
    with transaction.atomic():
        stored = how.store(list(good.values())) if good else 0
        result = Result(kind, len(rows), stored, len(good) - stored, refused)
        if dry_run:
            transaction.set_rollback(True)
            return result
        made = ImportRun.objects.create(
            kind=kind, file_name=name[:200], digest=digest, dry_run=False, at=timezone.now(), actor=actor,
            rows_in=len(rows), stored=stored, unchanged=result.unchanged, rejected=len(refused),
            rejected_file=_keep_refused(refused, digest),
        )  # fmt: skip
        result.run_id = made.pk
        ledger.record(
            "import.run", actor=actor, object_kind="import", object_id=made.pk,
            facts={"kind": kind, "stored": stored, "rejected": len(refused), "digest": digest},
        )  # fmt: skip
    return result


def _keep_refused(refused: Iterable[Refused], digest: str) -> str:
    listed = list(refused)
    if not listed:
        return ""
    folder = Path(settings.MEDIA_ROOT) / "rejected"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / f"{digest[:16]}-{timezone.now():%Y%m%d%H%M%S%f}.csv"
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["line", "code", "zh", "en"])
        writer.writerows([item.line, item.code, item.zh, item.en] for item in listed)
    path.chmod(0o600)
    return path.name


def merge(temporary: str, columns: str, rows: list[tuple[Any, ...]], merge: str) -> int:
    """COPY rows into a temporary table of that shape, then one statement; returns the rows it changed."""
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMP TABLE incoming ({temporary}) ON COMMIT DROP")
        with cursor.copy(f"COPY incoming ({columns}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        cursor.execute(merge)
        changed = cursor.rowcount
        cursor.execute("DROP TABLE incoming")
    return int(changed)


def known_symbols() -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT symbol FROM clients_security")
        return {"symbols": {row[0] for row in cursor.fetchall()}}


def _accounts() -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT number, client_id FROM clients_fundaccount")
        return {"accounts": dict(cursor.fetchall())}


def _account(row: Row, known: dict[str, Any]) -> tuple[str, int]:
    value = need(row, "account")
    if value not in known["accounts"]:
        raise RowWrong(
            "clients.import.account_unknown",
            f"没有资金账号 {value}。请先导入账号，或改账号。",
            f"There is no fund account {value}. Import the accounts first, or correct it.",
        )
    return value, known["accounts"][value]


# --- securities, prices -----------------------------------------------------------------------------------


def _check_security(row: Row, _known: dict[str, Any]) -> tuple[Any, ...]:
    code = need(row, "symbol").split(".")[0].zfill(6)
    if not (len(code) == 6 and code.isdigit()):
        raise RowWrong(
            "clients.import.symbol_wrong",
            f"证券代码“{code}”要是 6 位数字。",
            f"The symbol “{code}” must be six digits.",
        )
    exchange = text(row, "exchange") or ("SSE" if code[0] in "569" else "SZSE")
    return code, exchange, need(row, "name"), need(row, "industry"), text(row, "area")


register(
    "securities",
    Importer(
        ("symbol", "exchange", "name", "industry", "area"), ("symbol", "name", "industry"), _check_security,
        lambda rows: merge(
            "symbol text, exchange text, name text, industry text, area text", "symbol, exchange, name, industry, area", rows,
            "INSERT INTO clients_security (symbol, exchange, name, name_en, industry, area, listed)"
            " SELECT symbol, exchange, name, '', industry, area, true FROM incoming"
            " ON CONFLICT (symbol) DO UPDATE SET name = excluded.name, industry = excluded.industry, area = excluded.area,"
            " exchange = excluded.exchange WHERE (clients_security.name, clients_security.industry, clients_security.area,"
            " clients_security.exchange) IS DISTINCT FROM (excluded.name, excluded.industry, excluded.area, excluded.exchange)",
        ),
    ),
)  # fmt: skip


def _check_price(row: Row, known: dict[str, Any]) -> tuple[Any, ...]:
    return (
        symbol(row, known), day(row, "day" if "day" in row else "date"), number(row, "close", Decimal("0.0001")),
        int(number(row, "volume_lots", Decimal(0))) if text(row, "volume_lots") else 0,
    )  # fmt: skip


register(
    "prices",
    Importer(
        ("symbol", "date", "close", "volume_lots"), ("symbol", "close"), _check_price,
        lambda rows: merge(
            "symbol text, day date, close numeric, volume_lots bigint", "symbol, day, close, volume_lots", rows,
            "INSERT INTO clients_price (symbol, day, close, volume_lots) SELECT * FROM incoming ON CONFLICT (symbol, day)"
            " DO UPDATE SET close = excluded.close, volume_lots = excluded.volume_lots"
            " WHERE (clients_price.close, clients_price.volume_lots) IS DISTINCT FROM (excluded.close, excluded.volume_lots)",
        ),
        known_symbols, lambda values: values[:2],
    ),
)  # fmt: skip


# --- holdings, cash flows -----------------------------------------------------------------------------------


def _check_holding(row: Row, known: dict[str, Any]) -> tuple[Any, ...]:
    _number, client = _account(row, known)
    cost = number(row, "cost", Decimal(0)) if text(row, "cost") else None
    return client, symbol(row, known), int(number(row, "quantity", Decimal(0))), cost


register(
    "holdings",
    Importer(
        ("account", "symbol", "quantity", "cost"), ("account", "symbol", "quantity"), _check_holding,
        lambda rows: merge(
            "client_id bigint, symbol text, quantity bigint, cost numeric", "client_id, symbol, quantity, cost", rows,
            "INSERT INTO clients_holding (client_id, symbol, quantity, cost) SELECT * FROM incoming"
            " ON CONFLICT (client_id, symbol) DO UPDATE SET quantity = excluded.quantity, cost = coalesce(excluded.cost, clients_holding.cost)"
            " WHERE (clients_holding.quantity, clients_holding.cost) IS DISTINCT FROM"
            " (excluded.quantity, coalesce(excluded.cost, clients_holding.cost))",
        ),
        lambda: {**known_symbols(), **_accounts()}, lambda values: values[:2],
    ),
)  # fmt: skip


def _check_cash_flow(row: Row, known: dict[str, Any]) -> tuple[Any, ...]:
    account, client = _account(row, known)
    return client, account, moment(row, "at"), number(row, "amount"), need(row, "reference")


register(
    "cash_flows",
    Importer(
        ("account", "at", "amount", "reference"), ("account", "at", "amount", "reference"), _check_cash_flow,
        lambda rows: merge(
            "client_id bigint, account_number text, at timestamptz, amount numeric, reference text",
            "client_id, account_number, at, amount, reference", rows,
            "INSERT INTO clients_cashflow (client_id, account_number, at, amount, reference) SELECT * FROM incoming"
            " ON CONFLICT (account_number, reference) DO NOTHING",
        ),
        _accounts, lambda values: (values[1], values[4]),
    ),
)  # fmt: skip


# --- clients, accounts ------------------------------------------------------------------------------------


def _known_people() -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sign_in_name, id, outlet_id, branch_id FROM staff_member WHERE active AND role = 'account_manager'"
        )
        managers = {row[0]: row[1:] for row in cursor.fetchall()}
        cursor.execute("SELECT id_number_token FROM clients_personaldata WHERE id_number_token IS NOT NULL")
        people = {row[0] for row in cursor.fetchall()}
        cursor.execute("SELECT id FROM staff_branch ORDER BY id LIMIT 1")
        branch = cursor.fetchone()
    return {"managers": managers, "people": people, "branch": branch[0] if branch else None}


def _check_client(row: Row, known: dict[str, Any]) -> tuple[Any, ...]:
    name, id_number = need(row, "name"), need(row, "id_number").upper()
    if len(name) > 40:
        raise RowWrong(
            "clients.import.name_too_long", "姓名超过 40 个字。", "The name is longer than 40 characters."
        )
    phone = text(row, "phone")
    if phone and not (phone.isdigit() and 7 <= len(phone) <= 15):
        raise RowWrong(
            "clients.import.phone_wrong",
            f"手机号“{phone[:3]}…”只能是 7 到 15 位数字。",
            "The phone takes 7 to 15 digits.",
        )
    email = text(row, "email")
    if email and ("@" not in email or " " in email):
        raise RowWrong(
            "clients.import.email_wrong",
            "邮箱要像 name@example.com。",
            "The e-mail must look like name@example.com.",
        )
    manager = text(row, "manager")
    if manager and manager not in known["managers"]:
        raise RowWrong(
            "clients.import.manager_unknown",
            f"没有在岗的客户经理“{manager}”。",
            f"There is no active account manager “{manager}”.",
        )
    return (
        token(id_number),
        name,
        id_number,
        phone,
        email,
        day(row, "birthday", required=False),
        manager,
        known,
    )


def _store_clients(rows: list[tuple[Any, ...]]) -> int:
    fresh = [row for row in rows if row[0] not in row[7]["people"]]
    if not fresh:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence('clients_client', 'id')) FROM generate_series(1, %s)",
            [len(fresh)],
        )
        ids = [row[0] for row in cursor.fetchall()]
        known = fresh[0][7]
        with cursor.copy(
            "COPY clients_client (id, branch_id, outlet_id, state, institution, investor_class, risk_class, level_rank,"
            " consent_bits, address_bits, manager_id, assets) FROM STDIN"
        ) as copy:
            for client, (_t, _n, _i, phone, email, _b, manager, _k) in zip(ids, fresh, strict=True):
                member, outlet, _branch = known["managers"].get(manager, (None, None, None))
                bits = 1 | (10 if phone else 0) | (4 if email else 0)
                copy.write_row(
                    (client, known["branch"], outlet, "opened", False, "ordinary", 0, 0, 0, bits, member, 0)
                )
        with cursor.copy(
            "COPY clients_personaldata (client_id, name, id_number, home_address, gender, birthday, initials,"
            " id_number_token, search_tokens) FROM STDIN"
        ) as copy:
            for client, (id_token, name, id_number, phone, email, birthday, _m, _k) in zip(
                ids, fresh, strict=True
            ):
                found = tokens(rules.search_words(name, (), phone, email, id_number))
                copy.write_row(
                    (
                        client,
                        encrypt(name),
                        encrypt(id_number),
                        b"",
                        "",
                        birthday,
                        rules.initials(name),
                        id_token,
                        found,
                    )
                )
        with cursor.copy(
            'COPY clients_contactpoint (client_id, kind, value, value_token, "primary") FROM STDIN'
        ) as copy:
            for client, (_t, _n, _i, phone, email, _b, _m, _k) in zip(ids, fresh, strict=True):
                for kind, value in (("phone", phone), ("email", email)):
                    if value:
                        copy.write_row((client, kind, encrypt(value), token(value), True))
        cursor.execute(
            "INSERT INTO clients_coverage (client_id, member_id, kind, since, reason) SELECT id, manager_id, 'manager', now(), 'import'"
            " FROM clients_client WHERE id = ANY(%s) AND manager_id IS NOT NULL",
            [ids],
        )
    ledger.record_many(
        {"kind": "client.imported", "actor": "system:import", "client_id": client} for client in ids
    )
    return len(fresh)


register(
    "clients",
    Importer(
        ("name", "id_number", "phone", "email", "birthday", "manager"), ("name", "id_number"), _check_client, _store_clients,
        _known_people,
    ),
)  # fmt: skip


def _check_account(row: Row, known: dict[str, Any]) -> tuple[Any, ...]:
    account = need(row, "account")
    if not (account.isalnum() and len(account) <= 20):
        raise RowWrong(
            "clients.import.account_wrong",
            f"资金账号“{account}”只能是 20 位以内的数字或字母。",
            f"The account “{account}” takes up to 20 letters or digits.",
        )
    person = known["people"].get(token(need(row, "id_number").upper()))
    if person is None:
        raise RowWrong(
            "clients.import.client_unknown",
            "没有这个证件号码的客户。请先导入客户。",
            "There is no client with this id number. Import the clients first.",
        )
    rate = number(row, "commission_rate", Decimal(0)) if text(row, "commission_rate") else None
    if rate is not None and rate > 3:
        raise RowWrong(
            "clients.import.rate_too_high",
            f"佣金率 {rate}‰ 超过 3‰ 的上限。",
            f"The rate {rate}‰ is above the ceiling of 3‰.",
        )
    return account, person, day(row, "opened_on"), rate


def _known_identities() -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id_number_token, client_id FROM clients_personaldata WHERE id_number_token IS NOT NULL"
        )
        return {"people": dict(cursor.fetchall())}


def _store_accounts(rows: list[tuple[Any, ...]]) -> int:
    stored = merge(
        "number text, client_id bigint, opened_on date, rate numeric", "number, client_id, opened_on, rate", rows,
        "INSERT INTO clients_fundaccount (number, client_id, opened_on, commission_rate, cash) SELECT number, client_id,"
        " opened_on, rate, 0 FROM incoming ON CONFLICT (number) DO NOTHING",
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE clients_personaldata p SET search_tokens = p.search_tokens || s.words FROM (SELECT * FROM"
            " unnest(%s::bigint[], %s::bigint[], %s::bigint[])) AS s0(client_id, whole, tail),"
            " LATERAL (SELECT ARRAY[s0.whole, s0.tail] AS words) s"
            " WHERE p.client_id = s0.client_id AND NOT p.search_tokens @> s.words",
            [[r[1] for r in rows], [token(r[0]) for r in rows], [token(r[0][-4:]) for r in rows]],
        )
    return stored


register(
    "accounts",
    Importer(
        ("account", "id_number", "opened_on", "commission_rate"), ("account", "id_number", "opened_on"), _check_account,
        _store_accounts, _known_identities,
    ),
)  # fmt: skip


def kinds() -> list[str]:
    return sorted(_importers)


def command(kind: str, file: str, dry_run: bool) -> int:
    """``maitian import KIND FILE [--dry-run]``."""
    path = Path(file)
    result = run(kind, path.read_bytes(), path.name, actor="system:import", dry_run=dry_run)
    words = "试运行" if dry_run else "已导入"
    print(
        f"{words}：读 {result.rows_in} 行，存 {result.stored}，没有变化 {result.unchanged}，退回 {len(result.refused)}"
    )
    for item in result.refused[:20]:
        print(f"  第 {item.line} 行 {item.code} {item.zh}\n    line {item.line}: {item.en}")
    return 0 if not result.refused else 1
