"""Reading import files: bytes → rows of cells, and cells → values. No database.

CSV (UTF-8, UTF-16 or GB18030), XLSX, Parquet and DBF (GBK, the exchanges' format). A row that is broken as such, with
too few or too many cells, comes as the refusal that it will be, so that rows in = rows read + rows refused.
"""

from __future__ import annotations

import codecs
import csv
import io
import struct
import tempfile
import zipfile
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from maitian.clients.errors import ImportFileWrong

SHANGHAI = ZoneInfo("Asia/Shanghai")
FORMATS = "CSV (UTF-8, GB18030) / XLSX / Parquet / DBF"
LARGEST = 200 * 1024 * 1024
MOST_ROWS = 5_000_000
Row = dict[str, Any]


class RowWrong(Exception):
    """A row that is not stored: a stable code, why in two languages."""

    def __init__(self, code: str, zh: str, en: str) -> None:
        self.code, self.zh, self.en = code, zh, en
        super().__init__(code)


Line = tuple[int, Row | RowWrong]  # number in the file as a person counts, and the row or why it is none


def _wrong(why: str, why_en: str) -> ImportFileWrong:
    return ImportFileWrong(why=why, why_en=why_en, formats=FORMATS)


def read(content: bytes, name: str) -> list[Line]:
    """The rows of a file, by its first bytes and its name's ending. Raises :class:`ImportFileWrong`."""
    if len(content) > LARGEST:
        raise _wrong("文件超过 200 MB", "it is larger than 200 MB")
    ending = Path(name).suffix.lower()
    try:
        if content[:4] == b"PAR1":
            lines = _parquet(content)
        elif content[:4] == b"PK\x03\x04":
            lines = _xlsx(content)
        elif ending == ".dbf":
            lines = _dbf(content)
        elif ending in (".csv", ".txt", ""):
            lines = _csv(content)
        else:
            raise _wrong(f"不认识“{ending}”格式", f"the ending “{ending}” is not known")
        found = []
        for line in lines:
            found.append(line)
            if len(found) > MOST_ROWS:
                raise _wrong(
                    f"超过 {MOST_ROWS:,} 行，请分成几个文件", f"it has more than {MOST_ROWS:,} rows; split it"
                )
        return found
    except ImportFileWrong:
        raise
    except Exception as error:
        raise _wrong(
            f"内容不完整或已损坏（{type(error).__name__}）",
            f"it is cut off or damaged ({type(error).__name__})",
        ) from error


def _text_of(content: bytes) -> str:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise _wrong("不是 UTF-8 也不是 GB18030 文字", "it is neither UTF-8 nor GB18030")


def _cells_wrong(given: int, wanted: int) -> RowWrong:
    return RowWrong(
        "clients.import.cells_wrong",
        f"这一行有 {given} 格，表头有 {wanted} 列。请补齐，或检查多出来的逗号。",
        f"The row has {given} cells and the head {wanted} columns. Complete it, or look for a comma too many.",
    )


def _csv(content: bytes) -> Iterator[Line]:
    text = _text_of(content)
    if "\x00" in text:
        raise _wrong("里面不是文字", "it is not text")
    first = text.lstrip("\r\n").split("\n", 1)[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",\t;|", key=first.count), strict=True)
    head: list[str] | None = None
    for cells in reader:
        if not any(cell.strip() for cell in cells):
            continue
        if head is None:
            head = _head(cells)
            continue
        while len(cells) > len(head) and not cells[-1].strip():
            cells.pop()
        if len(cells) != len(head):
            yield reader.line_num, _cells_wrong(len(cells), len(head))
        else:
            yield reader.line_num, dict(zip(head, cells, strict=True))


def _head(cells: list[Any]) -> list[str]:
    head = [str(cell if cell is not None else "").strip() for cell in cells]
    while head and not head[-1]:
        head.pop()
    twice = sorted({name for name in head if name and head.count(name) > 1})
    if twice:
        raise _wrong(f"表头里“{twice[0]}”出现了两次", f"the head has “{twice[0]}” twice")
    return head


def _xlsx(content: bytes) -> Iterator[Line]:
    import openpyxl

    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        if sum(item.file_size for item in archive.infolist()) > 20 * LARGEST:
            raise _wrong("解开后太大", "it is too large when unpacked")
        if "xl/workbook.xml" not in archive.namelist():
            raise _wrong("它是压缩包，不是 Excel 工作簿", "it is an archive and no Excel workbook")
    sheet = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True).active
    head: list[str] | None = None
    for number, cells in enumerate(sheet.iter_rows(values_only=True) if sheet is not None else (), start=1):
        if all(cell is None or str(cell).strip() == "" for cell in cells):
            continue
        if head is None:
            head = _head(list(cells))
            continue
        given = len(cells) - next((n for n, cell in enumerate(reversed(cells)) if cell is not None), 0)
        if given > len(head):
            yield number, _cells_wrong(given, len(head))
        else:
            yield number, dict(zip(head, cells, strict=False))


def _parquet(content: bytes) -> Iterator[Line]:
    import polars

    yield from enumerate(polars.read_parquet(io.BytesIO(content)).iter_rows(named=True), start=1)


def _dbf(content: bytes) -> Iterator[Line]:
    import dbfread

    # A file that is shorter than its own head says was cut off on its way.
    records, head_length, record_length = struct.unpack("<IHH", content[4:12])
    if len(content) < head_length + records * record_length:
        raise _wrong(
            f"文件头说有 {records} 条，内容不够，传的时候可能断了",
            f"its head says {records} records, but it ends before them",
        )
    with tempfile.NamedTemporaryFile(suffix=".dbf") as file:
        file.write(content)
        file.flush()
        table = dbfread.DBF(file.name, encoding="gb18030", lowernames=True, ignore_missing_memofile=True)
        for number, record in enumerate(table, start=1):
            yield number, dict(record)


# --- cells ------------------------------------------------------------------------------------------------

EXACT_DIGITS = 15  # of a number in a spreadsheet; more are silently rounded there


def text(row: Row, name: str, longest: int = 2000) -> str:
    """A cell as text. Refuses lists, tables, control characters and what is too long."""
    value = row.get(name)
    if value is None:
        return ""
    if isinstance(value, list | dict | bytes):
        raise RowWrong(
            "clients.import.cell_wrong", f"“{name}”不是单个值。", f"“{name}” is not a single value."
        )
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    found = str(value).strip()
    if not found.isprintable():
        raise RowWrong(
            "clients.import.unprintable",
            f"“{name}”里有换行或控制字符。",
            f"“{name}” holds line breaks or control characters.",
        )
    if len(found) > longest:
        raise RowWrong(
            "clients.import.too_long", f"“{name}”最多 {longest} 个字，现在有 {len(found)} 个。",
            f"“{name}” takes at most {longest} characters; it has {len(found)}.",
        )  # fmt: skip
    return found


def need(row: Row, name: str, longest: int = 2000) -> str:
    """A cell that may not be empty."""
    value = text(row, name, longest)
    if not value:
        raise RowWrong(
            "clients.import.value_missing", f"“{name}”是空的，必须填。", f"“{name}” is empty and is needed."
        )
    return value


def digits(row: Row, name: str, longest: int = 40) -> str:
    """A long number that is a name, as an account or an identity: refused when a spreadsheet has rounded it."""
    value = row.get(name)
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) >= 10**EXACT_DIGITS:
        raise RowWrong(
            "clients.import.rounded",
            f"“{name}”在表格里是数字，超过 15 位会被改掉。请把这一列设成文本再导出。",
            f"“{name}” is a number in the sheet; beyond 15 digits it is rounded. Format the column as text and export again.",
        )
    return need(row, name, longest)


def number(row: Row, name: str, least: Decimal | None = None, most: Decimal | None = None) -> Decimal:
    """A finite number between ``least`` and ``most``."""
    value = need(row, name, 40).replace(",", "")
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
    if most is not None and abs(found) > most:
        raise RowWrong(
            "clients.import.number_too_large",
            f"“{name}”是 {found}，不能大于 {most:,.0f}。",
            f"“{name}” is {found}; it cannot be over {most:,.0f}.",
        )
    return found


def whole(row: Row, name: str, least: int = 0, most: int = 10**12) -> int:
    """A whole number. ``1.5`` is refused, not cut."""
    found = number(row, name, Decimal(least), Decimal(most))
    if found != int(found):
        raise RowWrong(
            "clients.import.not_whole",
            f"“{name}”是 {found}，要填整数。",
            f"“{name}” is {found}; it takes a whole number.",
        )
    return int(found)


EARLIEST, LATEST = date(1900, 1, 1), date(2200, 12, 31)


def day(row: Row, name: str, required: bool = True) -> date | None:
    """A day: a date cell, ``2026-11-24``, ``2026/11/24`` or ``20261124``."""
    value = row.get(name)
    words = ""
    if isinstance(value, datetime):
        found: date | None = value.date()
    elif isinstance(value, date):
        found = value
    else:
        words = text(row, name, 40)
        if not words and not required:
            return None
        try:
            plain = words.split(" ")[0].split("T")[0].replace("-", "").replace("/", "").replace(".", "")
            found = datetime.strptime(plain, "%Y%m%d").replace(tzinfo=UTC).date() if len(plain) == 8 else None
        except ValueError:
            found = None
    if found is None or not EARLIEST <= found <= LATEST:
        raise RowWrong(
            "clients.import.day_wrong",
            f"“{name}”是“{words or found}”，日期写成 2026-11-24。",
            f"“{name}” is “{words or found}”; write a day like 2026-11-24.",
        )
    return found


def moment(row: Row, name: str) -> datetime:
    """A moment, Shanghai unless it says otherwise; a day alone is its midnight."""
    value = row.get(name)
    words = value.isoformat() if isinstance(value, date) else need(row, name, 40)
    try:
        found = datetime.fromisoformat(words)
    except ValueError:
        found = datetime(1, 1, 1, tzinfo=UTC)  # refused below
    if not EARLIEST <= found.date() <= LATEST:
        raise RowWrong(
            "clients.import.moment_wrong",
            f"“{name}”是“{words}”，时间写成 2026-11-24 10:30。",
            f"“{name}” is “{words}”; write a time like 2026-11-24 10:30.",
        )
    return found if found.tzinfo else found.replace(tzinfo=SHANGHAI)


def symbol(row: Row, known: dict[str, Any], code: str = "clients.import.security_unknown") -> str:
    """A security that exists: ``2500``, ``002500`` and ``002500.SZ`` are the same."""
    value = need(row, "symbol", 20).split(".")[0].zfill(6)
    if value not in known["symbols"]:
        raise RowWrong(
            code,
            f"没有代码是 {value} 的证券。请先导入证券表，或改代码。",
            f"There is no security {value}. Import the securities first, or correct it.",
        )
    return value
