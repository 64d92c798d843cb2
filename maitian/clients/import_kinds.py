"""The kinds of import that clients bring: securities, prices, people, accounts.

``account_imports`` brings what lies and happens on accounts.

Each turns a row into values or refuses it with a code, and stores all good rows set-based. Importing this
module registers them.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils import timezone

from maitian.clients import rules
from maitian.clients.account_imports import known_accounts
from maitian.clients.importers import (
    Importer,
    Row,
    RowWrong,
    day,
    digits,
    known_symbols,
    merge,
    need,
    number,
    register,
    symbol,
    text,
    whole,
)
from maitian.core import ledger
from maitian.core import time as business_time
from maitian.core.privacy import encrypt, token, tokens

# --- securities, prices -----------------------------------------------------------------------------------


def _check_security(row: Row, _known: dict[str, Any]) -> tuple[Any, ...]:
    code = need(row, "symbol", 20).split(".")[0].zfill(6)
    if not (len(code) == 6 and code.isascii() and code.isdigit()):
        raise RowWrong(
            "clients.import.symbol_wrong",
            f"证券代码“{code}”要是 6 位数字。",
            f"The symbol “{code}” must be six digits.",
        )
    exchange = text(row, "exchange", 4).upper() or ("SSE" if code[0] in "569" else "SZSE")
    return code, exchange, need(row, "name", 30), need(row, "industry", 30), text(row, "area", 20)


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
        symbol(row, known), day(row, "date"),
        round(number(row, "close", Decimal("0.0001"), Decimal(10) ** 7), 4),
        whole(row, "volume_lots") if text(row, "volume_lots") else 0,
    )  # fmt: skip


register(
    "prices",
    Importer(
        ("symbol", "date", "close", "volume_lots"), ("symbol", "date", "close"), _check_price,
        lambda rows: merge(
            "symbol text, day date, close numeric, volume_lots bigint", "symbol, day, close, volume_lots", rows,
            "INSERT INTO clients_price (symbol, day, close, volume_lots) SELECT * FROM incoming ON CONFLICT (symbol, day)"
            " DO UPDATE SET close = excluded.close, volume_lots = excluded.volume_lots"
            " WHERE (clients_price.close, clients_price.volume_lots) IS DISTINCT FROM (excluded.close, excluded.volume_lots)",
        ),
        known_symbols, lambda values: values[:2],
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
    return {
        "managers": managers, "people": people, "branch": branch[0] if branch else None, "today": business_time.today(),
    }  # fmt: skip


def _check_client(row: Row, known: dict[str, Any]) -> tuple[Any, ...]:
    name, id_number = need(row, "name", rules.LONGEST_NAME), digits(row, "id_number", 30).upper()
    if not rules.is_id_number(id_number):
        raise RowWrong(
            "clients.import.id_number_wrong",
            "证件号码只能是 5 到 30 位数字、字母和横线。",
            "The id number takes 5 to 30 digits, letters and hyphens.",
        )
    phone = text(row, "phone", 20)
    if phone and not rules.is_phone(phone):
        raise RowWrong(
            "clients.import.phone_wrong",
            f"手机号“{phone[:3]}…”只能是 7 到 15 位数字。",
            "The phone takes 7 to 15 digits.",
        )
    email = text(row, "email", 120)
    if email and not rules.is_email(email):
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
    birthday, gender = rules.born(id_number)
    given = day(row, "birthday", required=False)
    if given is not None and given > known["today"]:
        raise RowWrong("clients.import.birthday_wrong", "生日在将来。", "The birthday lies in the future.")
    return (
        token(id_number),
        name,
        id_number,
        phone,
        email,
        given or birthday,
        gender,
        _valid_until(row),
        manager,
        known,
    )


def _valid_until(row: Row) -> date | None:
    """A day, ``长期`` for a document without an end, or nothing."""
    if text(row, "id_valid_until") in ("长期", "long-term"):
        return rules.FOR_GOOD
    return day(row, "id_valid_until", required=False)


def _store_clients(rows: list[tuple[Any, ...]]) -> int:
    """New people are stored whole; of known ones only a newer validity of the id document is."""
    known = rows[0][-1]
    return _store_new([row for row in rows if row[0] not in known["people"]], known) + _renew_documents(
        [(row[0], row[7]) for row in rows if row[0] in known["people"] and row[7] is not None]
    )


def _renew_documents(rows: list[tuple[int, date]]) -> int:
    if not rows:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE clients_personaldata p SET id_valid_until = n.until FROM unnest(%s::bigint[], %s::date[]) AS n(id_token, until)"
            " WHERE p.id_number_token = n.id_token AND p.id_valid_until IS DISTINCT FROM n.until RETURNING p.client_id",
            [[row[0] for row in rows], [row[1] for row in rows]],
        )
        changed = [row[0] for row in cursor.fetchall()]
    ledger.record_many(
        {"kind": "client.id_document_noted", "actor": "system:import", "client_id": client}
        for client in changed
    )
    return len(changed)


def _store_new(fresh: list[tuple[Any, ...]], known: dict[str, Any]) -> int:
    if not fresh:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence('clients_client', 'id')) FROM generate_series(1, %s)",
            [len(fresh)],
        )
        ids = [row[0] for row in cursor.fetchall()]
        with cursor.copy(
            "COPY clients_client (id, branch_id, outlet_id, state, institution, investor_class, risk_class, level_rank,"
            " consent_bits, address_bits, manager_id, assets) FROM STDIN"
        ) as copy:
            for client, (_t, _n, _i, phone, email, _b, _g, _v, manager, _k) in zip(ids, fresh, strict=True):
                member, outlet, _branch = known["managers"].get(manager, (None, None, None))
                bits = 1 | (10 if phone else 0) | (4 if email else 0)
                copy.write_row(
                    (client, known["branch"], outlet, "opened", False, "ordinary", 0, 0, 0, bits, member, 0)
                )
        with cursor.copy(
            "COPY clients_personaldata (client_id, name, id_number, home_address, gender, birthday, id_valid_until,"
            " initials, id_number_token, id_form, name_token, search_tokens) FROM STDIN"
        ) as copy:
            for client, (id_token, name, id_number, phone, email, birthday, gender, until, _m, _k) in zip(
                ids, fresh, strict=True
            ):
                found = tokens(rules.search_words(name, (), phone, email, id_number))
                copy.write_row(
                    (
                        client,
                        encrypt(name),
                        encrypt(id_number),
                        b"",
                        gender,
                        birthday,
                        until,
                        rules.initials(name),
                        id_token,
                        rules.id_form(id_number),
                        token(name),
                        found,
                    )
                )
        with cursor.copy(
            'COPY clients_contactpoint (client_id, kind, value, value_token, "primary") FROM STDIN'
        ) as copy:
            for client, (_t, _n, _i, phone, email, _b, _g, _v, _m, _k) in zip(ids, fresh, strict=True):
                for kind, value in (("phone", phone), ("email", email)):
                    if value:
                        copy.write_row((client, kind, encrypt(value), token(value), True))
        cursor.execute(
            "INSERT INTO clients_coverage (client_id, member_id, kind, since, reason) SELECT id, manager_id, 'manager', %s, 'import'"
            " FROM clients_client WHERE id = ANY(%s) AND manager_id IS NOT NULL",
            [timezone.now(), ids],
        )
    ledger.record_many(
        {"kind": "client.imported", "actor": "system:import", "client_id": client} for client in ids
    )
    return len(fresh)


register(
    "clients",
    Importer(
        ("name", "id_number", "phone", "email", "birthday", "id_valid_until", "manager"), ("name", "id_number"), _check_client, _store_clients,
        _known_people,
    ),
)  # fmt: skip


def _check_account(row: Row, known: dict[str, Any]) -> tuple[Any, ...]:
    account = digits(row, "account")
    if not (account.isascii() and account.isalnum() and len(account) <= 20):
        raise RowWrong(
            "clients.import.account_wrong",
            f"资金账号“{account}”只能是 20 位以内的数字或字母。",
            f"The account “{account}” takes up to 20 letters or digits.",
        )
    person = known["people"].get(token(digits(row, "id_number").upper()))
    if person is None:
        raise RowWrong(
            "clients.import.client_unknown",
            "没有这个证件号码的客户。请先导入客户。",
            "There is no client with this id number. Import the clients first.",
        )
    if known["accounts"].get(account, person) != person:
        raise RowWrong(
            "clients.import.account_taken",
            f"资金账号 {account} 已经是另一位客户的。请核对证件号码。",
            f"The fund account {account} belongs to another client already. Check the id number.",
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
            "SELECT p.id_number_token, coalesce(c.merged_into_id, c.id) FROM clients_personaldata p"
            " JOIN clients_client c ON c.id = p.client_id WHERE p.id_number_token IS NOT NULL"
        )
        return {"people": dict(cursor.fetchall()), **known_accounts()}


def _store_accounts(rows: list[tuple[Any, ...]]) -> int:
    stored = merge(
        "number text, client_id bigint, opened_on date, rate numeric", "number, client_id, opened_on, rate", rows,
        "INSERT INTO clients_fundaccount (number, client_id, opened_on, commission_rate, cash) SELECT i.number,"
        " coalesce(c.merged_into_id, c.id), i.opened_on, i.rate, 0 FROM incoming i JOIN clients_client c ON c.id = i.client_id"
        " ON CONFLICT (number) DO NOTHING",
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
