"""Imports: read the whole file, check every row, store all good rows in one transaction or nothing.

Count in = stored + unchanged + rejected; the rejected rows stand in a file with their reasons. Running the same file
again changes nothing. ``import_reading`` reads the files and their cells.
"""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import DataError, IntegrityError, connection, transaction
from django.utils import timezone
from django.utils.translation import get_language

from maitian.clients.errors import (
    ImportChanged,
    ImportColumnsMissing,
    ImportFileWrong,
    ImportGone,
    ImportKindUnknown,
)
from maitian.clients.import_reading import (
    FORMATS,
    Row,
    RowWrong,
    day,
    digits,
    moment,
    need,
    number,
    read,
    symbol,
    text,
    whole,
)
from maitian.clients.locks import rely_on_records
from maitian.clients.models import ImportRun
from maitian.core import ledger

__all__ = [
    "Importer",
    "Row",
    "RowWrong",
    "current_run",
    "day",
    "digits",
    "known_symbols",
    "merge",
    "moment",
    "need",
    "number",
    "register",
    "run",
    "symbol",
    "text",
    "whole",
]


@dataclass
class Refused:
    """One row that is not stored: its number in the file, a stable code, why in two languages."""

    line: int
    code: str
    zh: str
    en: str
    row: Row = field(default_factory=dict)


@dataclass
class Importer:
    """``check`` turns a row of text into values or raises :class:`RowWrong`; ``store`` writes them set-based.

    ``arrived`` is a kind of ledger row that tells higher rooms, once a run, that new rows are there: its facts are
    ``run`` and ``count``, and the rows carry the run (:func:`current_run`).
    """

    columns: tuple[str, ...]
    required: tuple[str, ...]
    check: Callable[[Row, dict[str, Any]], tuple[Any, ...]]
    store: Callable[[list[tuple[Any, ...]]], int]
    known: Callable[[], dict[str, Any]] = dict
    key: Callable[[tuple[Any, ...]], Any] = lambda values: values[0]
    arrived: str = ""


_importers: dict[str, Importer] = {}
_run: ContextVar[int] = ContextVar("import_run")


def current_run() -> int:
    """The id of the run that is storing now, for kinds whose rows carry it."""
    return int(_run.get())


def register(kind: str, importer: Importer) -> None:
    """Add a kind of import; rooms above register theirs (announcements)."""
    _importers[kind] = importer


def importer(kind: str) -> Importer:
    try:
        return _importers[kind]
    except KeyError:
        raise ImportKindUnknown(kind=kind, known="、".join(sorted(_importers))) from None


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
    first = next((row for _line, row in rows if not isinstance(row, RowWrong)), None)
    if first is None:
        raise ImportFileWrong(why="里面没有完整的数据行", why_en="it has no whole rows", formats=FORMATS)
    have = set(_named(first, how.columns))
    missing = [column for column in how.required if column not in have]
    if missing:
        raise ImportColumnsMissing(columns="、".join(missing))
    known = how.known()
    good: dict[Any, tuple[Any, ...]] = {}
    refused: list[Refused] = []
    for line, given in rows:
        row: Row = {}
        try:
            if isinstance(given, RowWrong):
                raise given
            row = _named(given, how.columns)
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
        rely_on_records()
        made = ImportRun.objects.create(
            kind=kind, file_name=name[:200], digest=digest, dry_run=False, at=timezone.now(), actor=actor,
            rows_in=len(rows), rejected=len(refused),
        )  # fmt: skip
        running = _run.set(made.pk)
        try:
            with transaction.atomic():
                stored = how.store(list(good.values())) if good else 0
        except (IntegrityError, DataError) as error:
            raise ImportChanged() from error
        finally:
            _run.reset(running)
        result = Result(kind, len(rows), stored, len(good) - stored, refused)
        if dry_run:
            transaction.set_rollback(True)
            return result
        made.stored, made.unchanged = stored, result.unchanged
        made.rejected_file = _keep_refused(refused, digest)
        made.save(update_fields=["stored", "unchanged", "rejected_file"])
        result.run_id = made.pk
        told = [
            {"kind": "import.run", "actor": actor, "object_kind": "import", "object_id": made.pk,
             "facts": {"kind": kind, "stored": stored, "rejected": len(refused), "digest": digest}},
        ]  # fmt: skip
        if how.arrived and stored:
            told.append(
                {"kind": how.arrived, "actor": actor, "object_kind": "import", "object_id": made.pk,
                 "facts": {"run": made.pk, "count": stored}}
            )  # fmt: skip
        ledger.record_many(told)
    return result


# Headings that Chinese systems write, and the short ones of the exchanges' and clearing house's DBF files.
ALIASES = {
    "证券代码": "symbol", "代码": "symbol", "zqdm": "symbol", "证券名称": "name", "证券简称": "name", "zqjc": "name", "姓名": "name",
    "客户姓名": "name", "khxm": "name", "行业": "industry", "交易所": "exchange", "市场": "exchange", "地区": "area",
    "日期": "date", "day": "date", "交易日期": "date", "收盘价": "close", "成交量": "volume_lots", "证件号码": "id_number", "证件号": "id_number",
    "身份证号": "id_number", "zjhm": "id_number", "手机": "phone", "手机号": "phone", "邮箱": "email", "电子邮箱": "email",
    "生日": "birthday", "出生日期": "birthday", "客户经理": "manager", "证件有效期": "id_valid_until", "资金账号": "account",
    "资产账号": "account", "zjzh": "account", "开户日期": "opened_on", "佣金率": "commission_rate", "持仓数量": "quantity",
    "数量": "quantity", "成交数量": "quantity", "成本": "cost", "成本价": "cost", "时间": "at", "发生时间": "at", "成交时间": "at",
    "公告时间": "at", "金额": "amount", "发生金额": "amount", "成交金额": "amount", "流水号": "reference", "成交编号": "reference",
    "公告编号": "reference", "资金余额": "balance", "余额": "balance", "买卖方向": "side", "买卖": "side", "价格": "price",
    "成交价": "price", "成交价格": "price", "佣金": "commission", "类别": "kind", "公告类别": "kind", "权限": "kind", "标题": "title",
    "公告标题": "title", "开始日期": "since", "开通日期": "since", "结束日期": "until",
}  # fmt: skip


def _named(row: Row, columns: tuple[str, ...]) -> Row:
    """A row by the kind's own names. A DBF has room for ten letters of a name: ``commission`` of ``commission_rate``."""
    made: Row = {}
    for column, value in row.items():
        written = str(column).strip().lower()
        name = ALIASES.get(written, written)
        made.setdefault(name if name in columns else written, value)
    for column in columns:
        if len(column) > 10 and column not in made and column[:10] in made and column[:10] not in columns:
            made[column] = made[column[:10]]
    return made


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


# Kind → title in Chinese and English, in the order in which a new branch imports them.
TITLES = {
    "securities": ("证券表", "Securities"), "prices": ("行情", "Prices"), "clients": ("客户", "Clients"),
    "accounts": ("资金账号", "Fund accounts"), "holdings": ("持仓", "Holdings"), "balances": ("资金余额", "Balances"),
    "cash_flows": ("资金流水", "Cash flows"), "trades": ("成交", "Trades"),
    "trading_permissions": ("交易权限", "Trading permissions"), "announcements": ("公告", "Announcements"),
    "issues": ("新股", "New shares"), "allotments": ("中签", "Allotments"), "ratings": ("评级", "Ratings"),
}  # fmt: skip


def title(kind: str) -> str:
    """A kind in the active language."""
    return TITLES.get(kind, (kind, kind))[(get_language() or "").startswith("en")]


EXAMPLES = {
    "symbol": "002500", "exchange": "SZSE", "name": "山西证券", "industry": "证券", "area": "山西", "date": "2026-11-24",
    "close": "5.55", "volume_lots": "12000", "id_number": "110101199003070011", "phone": "13800001234",
    "email": "name@example.com", "birthday": "1990-03-07", "id_valid_until": "2035-02-11", "manager": "manager1",
    "account": "80000001", "opened_on": "2024-09-16", "commission_rate": "2.4", "quantity": "1000", "cost": "5.20",
    "at": "2026-11-24 10:30", "balance": "58300.00", "amount": "10000.00", "reference": "R20261124001", "side": "B",
    "price": "5.55", "commission": "13.32", "kind": "", "since": "2026-01-05", "until": "", "title": "",
}  # fmt: skip
KIND_EXAMPLES = {
    ("clients", "name"): "张三", ("announcements", "kind"): "业绩", ("announcements", "title"): "2026 年第三季度报告",
    ("trading_permissions", "kind"): "chinext",
}  # fmt: skip


def sample(kind: str) -> str:
    """A CSV file with the kind's head and one row, to be filled in."""
    columns = importer(kind).columns
    row = [KIND_EXAMPLES.get((kind, column), EXAMPLES.get(column, "")) for column in columns]
    return ",".join(columns) + "\n" + ",".join(row) + "\n"


def kinds() -> list[str]:
    """The kinds, those of a new branch first."""
    order = list(TITLES)
    return sorted(_importers, key=lambda kind: (order.index(kind) if kind in order else len(order), kind))


# --- files that wait between the trial and the import ---------------------------------------------------------

KEPT_FOR = timedelta(hours=2)


def _waiting() -> Path:
    folder = Path(settings.MEDIA_ROOT) / "incoming"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def keep(content: bytes, name: str, *, actor: str) -> str:
    """Keep a file that was tried for its import; returns the word that fetches it. Old ones are thrown away."""
    folder = _waiting()
    for old in folder.iterdir():
        if timezone.now().timestamp() - old.stat().st_mtime > KEPT_FOR.total_seconds():
            old.unlink(missing_ok=True)
    word = hashlib.sha256(actor.encode() + b"\0" + name.encode() + b"\0" + content).hexdigest()[:32]
    path = folder / word
    path.write_bytes(json.dumps({"actor": actor, "name": name}).encode() + b"\n" + content)
    path.chmod(0o600)
    return word


def fetch(word: str, *, actor: str) -> tuple[bytes, str]:
    """A kept file of one's own and its name. Raises :class:`ImportGone`."""
    path = _waiting() / word
    if not word.isalnum() or not path.is_file():
        raise ImportGone()
    head, _newline, content = path.read_bytes().partition(b"\n")
    facts = json.loads(head)
    if facts["actor"] != actor:
        raise ImportGone()
    return content, str(facts["name"])


def rejected(run_id: int) -> Path | None:
    """The file of rejected rows of a run, if it has one."""
    made = ImportRun.objects.filter(pk=run_id).first()
    path = Path(settings.MEDIA_ROOT) / "rejected" / (made.rejected_file if made else "")
    return path if made is not None and made.rejected_file and path.is_file() else None


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
