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
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from maitian.clients.errors import ImportChanged, ImportColumnsMissing, ImportFileWrong, ImportKindUnknown
from maitian.clients.models import ImportRun
from maitian.core import ledger

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
    have = set(_named(rows[0], how.columns))
    missing = [column for column in how.required if column not in have]
    if missing:
        raise ImportColumnsMissing(columns="、".join(missing))
    known = how.known()
    good: dict[Any, tuple[Any, ...]] = {}
    refused: list[Refused] = []
    for line, row in enumerate(rows, start=2):
        row = _named(row, how.columns)
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
        made = ImportRun.objects.create(
            kind=kind, file_name=name[:200], digest=digest, dry_run=False, at=timezone.now(), actor=actor,
            rows_in=len(rows), rejected=len(refused),
        )  # fmt: skip
        running = _run.set(made.pk)
        try:
            with transaction.atomic():
                stored = how.store(list(good.values())) if good else 0
        except IntegrityError as error:
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


def _named(row: Row, columns: tuple[str, ...]) -> Row:
    """A row by the kind's own names. A DBF has room for ten letters of a name: ``commission`` of ``commission_rate``."""
    made = {str(column).strip().lower(): value for column, value in row.items() if column is not None}
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
