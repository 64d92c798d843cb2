from __future__ import annotations

import io
import struct
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from maitian.clients import importers, queries
from maitian.clients.errors import ImportColumnsMissing, ImportFileWrong, ImportGone, ImportKindUnknown
from maitian.clients.models import CashFlow, Client, FundAccount, Holding, ImportRun, Price, Security

pytestmark = pytest.mark.django_db

ROWS = [("002500", "2026-11-25", "5.55", "100"), ("600369", "2026-11-25", "4.20", "200")]
HEAD = ("symbol", "date", "close", "volume_lots")


def csv_file(encoding: str = "utf-8", delimiter: str = ",", rows=ROWS, head=HEAD) -> bytes:
    return "\n".join(delimiter.join(row) for row in (head, *rows)).encode(encoding)


def workbook(rows, head) -> bytes:
    import openpyxl

    book, out = openpyxl.Workbook(), io.BytesIO()
    for row in (head, *rows):
        book.active.append(list(row))
    book.save(out)
    return out.getvalue()


def xlsx_file() -> bytes:
    return workbook([(row[0], row[1], float(row[2]), int(row[3])) for row in ROWS], HEAD)


def parquet_of_text(rows, head) -> bytes:
    import polars

    out = io.BytesIO()
    polars.DataFrame(rows, schema=list(head), orient="row").write_parquet(out)
    return out.getvalue()


def parquet_file() -> bytes:
    import polars

    out = io.BytesIO()
    polars.DataFrame(ROWS, schema=list(HEAD), orient="row").with_columns(
        polars.col("close").cast(float), polars.col("date").str.to_date()
    ).write_parquet(out)
    return out.getvalue()


def dbf_file(rows=ROWS, head=HEAD) -> bytes:
    """dBASE III by hand: head, one 32-byte field each, fixed-width rows in GBK."""
    width = 20
    fields = b"".join(
        struct.pack("<11sc4xBB14x", name.upper()[:10].encode(), b"C", width, 0) for name in head
    )
    body = b"".join(b" " + b"".join(str(cell).encode("gbk").ljust(width) for cell in row) for row in rows)
    start = struct.pack("<BBBBIHH20x", 3, 126, 11, 24, len(rows), 32 + len(fields) + 1, 1 + width * len(head))
    return start + fields + b"\r" + body + b"\x1a"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("p.csv", csv_file()), ("p.csv", csv_file("utf-8-sig")), ("p.csv", csv_file("gb18030", ";")), ("p.txt", csv_file(delimiter="\t")),
        ("p.xlsx", xlsx_file()), ("p.parquet", parquet_file()),
        ("p.dbf", dbf_file(head=("symbol", "date", "close", "volume_lot"))),
    ],
)  # fmt: skip
def test_every_format_gives_the_same_prices_and_twice_changes_nothing(name: str, content: bytes) -> None:
    first = importers.run("prices", content, name, actor="system:import")
    assert (first.rows_in, first.stored, first.refused) == (2, 2, [])
    assert Price.objects.get(symbol="002500", day="2026-11-25").close == Decimal("5.55")
    again = importers.run("prices", content, name, actor="system:import")
    assert (again.stored, again.unchanged) == (0, 2)


# One good and one bad row of every kind that the branch lives on; each file needs what the one before it brought.
EVERY_KIND = {
    "clients": ("name,id_number,phone", ["钱多多,310101199001014471,13911112222", ",310101199001014472,"], "value_missing"),
    "accounts": ("account,id_number,opened_on,commission_rate",
                 ["99000001,310101199001014471,2026-11-20,2.4", "99000002,310101199001019999,2026-11-20,2.4"], "client_unknown"),
    "holdings": ("account,symbol,quantity,cost", ["99000001,002500,1000,5.1", "99000001,999999,5,1"], "security_unknown"),
    "prices": ("symbol,date,close,volume_lots", ["002500,2026-11-25,5.55,100", "002500,yesterday,5.55,1"], "day_wrong"),
    "announcements": ("reference,symbol,kind,title,at",
                      ["A1,002500,dividend,分红,2026-11-24 09:00", "A2,999999,dividend,分红,2026-11-24 09:00"], "unknown_security"),
}  # fmt: skip


@pytest.mark.parametrize("extension", ["csv", "xlsx", "parquet", "dbf"])
def test_every_kind_comes_in_by_every_format(extension: str) -> None:
    for kind, (columns, lines, code) in EVERY_KIND.items():
        head, rows = columns.split(","), [line.split(",") for line in lines]
        content = {
            "csv": lambda rows=rows, head=head: csv_file(rows=rows, head=head),
            "xlsx": lambda rows=rows, head=head: workbook(rows, head),
            "parquet": lambda rows=rows, head=head: parquet_of_text(rows, head),
            "dbf": lambda rows=rows, head=head: dbf_file(rows, head),
        }[extension]()
        found = importers.run(kind, content, f"{kind}.{extension}", actor="system:import")
        assert (found.rows_in, found.stored) == (2, 1), (kind, found.refused)
        assert [row.code.rpartition(".")[2] for row in found.refused] == [code], kind
    client = FundAccount.objects.get(number="99000001").client
    assert Holding.objects.get(client_id=client.pk, symbol="002500").quantity == 1000


def test_a_trial_stores_nothing_at_all() -> None:
    found = importers.run("prices", csv_file(), "p.csv", actor="system:import", dry_run=True)
    assert (
        found.stored == 2
        and not Price.objects.filter(day="2026-11-25").exists()
        and not ImportRun.objects.exists()
    )


def test_wrong_rows_are_named_and_the_count_adds_up(settings) -> None:
    content = (
        b"symbol,date,close,volume_lots\n002500,2026-11-25,5.5,1\n999999,2026-11-25,5.5,1\n600369,yesterday,5.5,1\n600369,2026-11-25,dear,1\n"
        b"600369,2026-11-25,-1,1\n002500,2026-11-25,5.6,1\n,2026-11-25,5.6,1\n"
    )
    found = importers.run("prices", content, "p.csv", actor="system:import")
    assert found.rows_in == found.stored + found.unchanged + len(found.refused) == 7
    assert [(r.line, r.code.rsplit(".")[-1]) for r in found.refused] == [
        (3, "security_unknown"), (4, "day_wrong"), (5, "number_wrong"), (6, "number_too_small"), (7, "row_twice"), (8, "value_missing"),
    ]  # fmt: skip
    assert all(r.zh and r.en for r in found.refused)
    run = ImportRun.objects.get(pk=found.run_id)
    kept = (Path(settings.MEDIA_ROOT) / "rejected" / run.rejected_file).read_text("utf-8-sig")
    assert kept.count("\n") == 7 and "security_unknown" in kept


@pytest.mark.parametrize(
    ("name", "content", "error"),
    [
        ("p.csv", b"", ImportFileWrong),
        ("p.csv", b"symbol,date,close\n", ImportFileWrong),
        ("p.csv", b"symbol,date,price\n002500,2026-11-25,1\n", ImportColumnsMissing),
        ("p.csv", b"symbol,close\n\x00\x01,1\n", ImportFileWrong),
        ("p.xlsx", xlsx_file()[:200], ImportFileWrong),
        ("p.parquet", parquet_file()[:100], ImportFileWrong),
        ("p.dbf", b"\x03broken", ImportFileWrong),
        ("p.exe", b"MZ", ImportFileWrong),
    ],
)
def test_broken_files_are_refused_whole(name: str, content: bytes, error: type) -> None:
    before = Price.objects.count()
    with pytest.raises(error) as caught:
        importers.run("prices", content, name, actor="system:import")
    assert caught.value.sentence("en") and caught.value.sentence("zh-hans")
    assert Price.objects.count() == before and not ImportRun.objects.exists()


@hypothesis_settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.binary(max_size=300), st.sampled_from(["a.csv", "a.xlsx", "a.parquet", "a.dbf", "a"]))
def test_no_file_whatever_breaks_it(content: bytes, name: str) -> None:
    try:
        found = importers.run("holdings", content, name, actor="system:import", dry_run=True)
    except (ImportFileWrong, ImportColumnsMissing):
        return
    assert found.rows_in == found.stored + found.unchanged + len(found.refused)


def test_an_unknown_kind_is_named() -> None:
    with pytest.raises(ImportKindUnknown) as caught:
        importers.run("wishes", b"x", "x.csv", actor="system:import")
    assert "holdings" in caught.value.sentence("en")


@pytest.mark.requirement("G10")
def test_a_whole_new_client_comes_in_by_files(member) -> None:
    people = "name,id_number,phone,email,birthday,manager\n钱多多,310101199001014471,13911112222,qdd@mail.example,1990-01-01,manager1\n孙空空,310101199001014472,,,,\n"
    found = importers.run("clients", people.encode(), "c.csv", actor="system:import")
    assert found.stored == 2
    assert importers.run("clients", people.encode(), "c.csv", actor="system:import").stored == 0
    accounts = "account,id_number,opened_on,commission_rate\n99000001,310101199001014471,2026-11-20,2.4\n99000002,310101199001019999,2026-11-20,2.4\n99000003,310101199001014472,2026-11-20,3.1\n"
    result = importers.run("accounts", accounts.encode(), "a.csv", actor="system:import")
    assert result.stored == 1 and [r.code for r in result.refused] == [
        "clients.import.client_unknown",
        "clients.import.rate_too_high",
    ]
    client = FundAccount.objects.get(number="99000001").client
    assert client in queries.search(member("manager1"), "99000001") and client in queries.search(
        member("manager1"), "qdd"
    )
    held = importers.run(
        "holdings",
        b"account,symbol,quantity,cost\n99000001,002500,1000,5.1\n99000001,600369,-5,1\n99,002500,1,1\n",
        "h.csv",
        actor="system:import",
    )
    assert held.stored == 1 and [r.code for r in held.refused] == [
        "clients.import.number_too_small",
        "clients.import.account_unknown",
    ]
    assert Holding.objects.get(client_id=client.pk, symbol="002500").quantity == 1000
    flow = (
        b"account,at,amount,reference\n99000001,2026-11-24 10:00,5000,R1\n99000001,2026-11-24 10:00,5000,R1\n"
    )
    assert importers.run("cash_flows", flow, "f.csv", actor="system:import").stored == 1
    assert CashFlow.objects.filter(client_id=client.pk).count() == 1
    gaps = queries.gaps(member("boss"))
    assert Client.objects.get(person__initials="skk", pk__in=gaps) and client not in gaps


def test_securities_keep_the_leading_zeros_of_excel() -> None:
    content = b"symbol,name,industry\n1,X1,bank\n600000.SH,X2,bank\nABC,X3,bank\n"
    found = importers.run("securities", content, "s.csv", actor="system:import")
    assert (
        found.stored == 2
        and Security.objects.get(pk="000001").exchange == "SZSE"
        and Security.objects.get(pk="600000").exchange == "SSE"
    )
    assert [r.code for r in found.refused] == ["clients.import.symbol_wrong"]


def test_the_page_tries_first(sign_in) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    browser = sign_in("clerk1")
    page = browser.post(
        "/imports/", {"kind": "prices", "file": SimpleUploadedFile("p.csv", csv_file()), "trial": "1"}
    )
    assert page.status_code == 200 and not Price.objects.filter(day="2026-11-25").exists()
    browser.post(
        "/imports/", {"kind": "prices", "file": SimpleUploadedFile("p.csv", csv_file()), "store": "1"}
    )
    assert Price.objects.filter(day="2026-11-25").count() == 2
    wrong = browser.post(
        "/imports/", {"kind": "prices", "file": SimpleUploadedFile("p.exe", b"MZ"), "store": "1"}
    )
    assert wrong.status_code == 422 and "不认识" in wrong.content.decode()


# --- wrong files and wrong cells ------------------------------------------------------------------------

PEOPLE = "name,id_number,phone,email,birthday,manager\n"


def refused(kind: str, content: bytes | str, name: str = "x.csv") -> list[tuple[int, str]]:
    """``(line, code)`` of the rows that a trial sends back; both languages are there and every row is counted."""
    data = content.encode() if isinstance(content, str) else content
    found = importers.run(kind, data, name, actor="member:1", dry_run=True)
    assert found.rows_in == found.stored + found.unchanged + len(found.refused)
    assert all(row.zh and row.en and row.zh != row.en for row in found.refused)
    return [(row.line, row.code.removeprefix("clients.import.")) for row in found.refused]


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("张三,77,,,,", "id_number_wrong"),
        ("张三," + "9" * 31 + ",,,,", "too_long"),
        ("长" * 41 + ",X7777,,,,", "too_long"),
        ("张\x01三,X7777,,,,", "unprintable"),
        ('"张\n三",X7777,,,,', "unprintable"),
        ("张三,X7777,１３８００００００００,,,", "phone_wrong"),
        ("张三,X7777,," + "a" * 200 + "@b.cn,,", "too_long"),
        ("张三,X7777,,a@b,,", "email_wrong"),
        ("张三,X7777,,,2090-01-01,", "birthday_wrong"),
        ("张三,X7777,,,1800-01-01,", "day_wrong"),
        ("张三,X7777", "cells_wrong"),
        ("张三,X7777,,,,,多余", "cells_wrong"),
    ],
)
def test_a_wrong_person_is_named(row: str, code: str) -> None:
    assert refused("clients", PEOPLE + row + "\n好人,X8888,,,,\n") == [
        (3 if row.startswith('"') else 2, code)
    ]


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("80000001,002500,1.5,5", "not_whole"),
        ("80000001,002500,-5,5", "number_too_small"),
        ("80000001,002500,99999999999999999999,5", "number_too_large"),
        ("80000001,002500,1,1e12", "number_too_large"),
        ("80000001,002500,NaN,5", "number_wrong"),
        ("80000001,002500,Infinity,5", "number_wrong"),
        ("80000001,002500,一百,5", "number_wrong"),
        ("80000001,999999,1,5", "security_unknown"),
        ("99,002500,1,5", "account_unknown"),
    ],
)
def test_a_wrong_holding_is_named(row: str, code: str) -> None:
    assert refused("holdings", f"account,symbol,quantity,cost\n{row}\n") == [(2, code)]


def test_lines_are_counted_as_a_person_counts_them() -> None:
    """Blank lines and line breaks inside quotes count; the numbers are those that an editor shows."""
    text = PEOPLE + '\n\n好人,X8888,,,,\n\n"好\n人",X9999,,,,\n坏人,X7777,abc,,,\n'
    assert refused("clients", text) == [(7, "unprintable"), (8, "phone_wrong")]


def test_a_spreadsheet_that_rounds_long_numbers_is_refused() -> None:
    import openpyxl

    book, out = openpyxl.Workbook(), io.BytesIO()
    for row in (
        ["name", "id_number"],
        ["张三", 110101199003070011],
        [None, None],
        ["李四", "110101199003070011"],
    ):
        book.active.append(row)
    book.save(out)
    assert refused("clients", out.getvalue(), "x.xlsx") == [(2, "rounded")]


def test_cells_that_are_lists_are_refused() -> None:
    import polars

    out = io.BytesIO()
    polars.DataFrame({"name": [["张三"], ["李四"]], "id_number": ["X7777", "X8888"]}).write_parquet(out)
    assert refused("clients", out.getvalue(), "x.parquet") == [(1, "cell_wrong"), (2, "cell_wrong")]


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("x.csv", b"", "没有完整的数据行"),
        ("x.csv", PEOPLE.encode(), "没有完整的数据行"),
        ("x.csv", b"\x00\x01\xff\xfe" * 50, "不是 UTF-8"),
        ("x.csv", b"name,id_number,name\na,b,c\n", "“name”出现了两次"),
        ("x.xlsx", b"PK\x03\x04rubbish", "损坏"),
        ("x.parquet", b"PAR1rubbish", "损坏"),
        ("x.dbf", b"rubbish" * 9, "内容不够"),
        ("x.dbf", dbf_file()[:-60], "传的时候可能断了"),
        ("x.png", b"\x89PNG", "不认识“.png”格式"),
        ("x.xls", b"\xd0\xcf\x11\xe0", "不认识“.xls”格式"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_sentence(name: str, content: bytes, why: str) -> None:
    with pytest.raises(ImportFileWrong) as caught:
        importers.run("clients", content, name, actor="member:1")
    assert why in caught.value.sentence("zh-hans") and "Use CSV" in caught.value.sentence("en")
    assert not ImportRun.objects.exists()


def test_an_archive_is_no_workbook() -> None:
    import zipfile

    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.txt", "x")
    with pytest.raises(ImportFileWrong):
        importers.run("clients", out.getvalue(), "x.xlsx", actor="member:1")


def test_chinese_headings_utf16_and_trailing_commas() -> None:
    text = "证券代码,日期,收盘价,成交量\n002500.SZ,2026/11/25,5.55,100,,\n"
    assert refused("prices", text) == []
    assert refused("prices", text.encode("utf-16")) == []
    assert refused("prices", text.encode("gb18030")) == []
    found = importers.run("prices", text.encode(), "x.csv", actor="member:1")
    assert found.stored == 1 and Price.objects.get(symbol="002500", day="2026-11-25").volume_lots == 100


@pytest.mark.parametrize("kind", importers.kinds())
def test_every_kind_has_a_title_and_a_sample_that_reads(kind: str) -> None:
    assert importers.title(kind) != kind
    lines = importers.read(importers.sample(kind).encode(), "sample.csv")
    assert len(lines) == 1 and set(lines[0][1]) == set(importers.importer(kind).columns)


def test_a_tried_file_is_kept_for_its_owner_alone(tmp_path, settings) -> None:
    settings.MEDIA_ROOT = tmp_path
    word = importers.keep(b"a,b\n1,2\n", "x.csv", actor="member:1")
    assert importers.fetch(word, actor="member:1") == (b"a,b\n1,2\n", "x.csv")
    for other, actor in ((word, "member:2"), ("../secrets", "member:1"), ("0" * 32, "member:1")):
        with pytest.raises(ImportGone):
            importers.fetch(other, actor=actor)
