"""The plain dialect: bare texts or templates, everything signed both ways (docs/operations.md has it for whoever builds the other end).

Requests carry ``X-Key``, ``X-Time`` (seconds since 1970), ``X-Nonce`` and ``X-Signature``: HMAC-SHA256 over the sorted
parameters ``body`` (SHA-256 of the body in hexadecimal), ``key``, ``nonce``, ``path`` and ``time``.
"""

from __future__ import annotations

import hmac
from collections.abc import Hashable, Mapping, Sequence
from datetime import datetime
from typing import Any

from maitian.outreach.channels import Inbound, Receipt, Unreadable
from maitian.outreach.channels.cloud import signing
from maitian.outreach.channels.cloud.codes import Verdict
from maitian.outreach.channels.cloud.dialects.common import (
    Account,
    Brought,
    Item,
    Said,
    Unclear,
    dumped,
    loaded,
    rows,
    seconds,
)
from maitian.outreach.channels.cloud.line import Call
from maitian.outreach.sms import national


class Plain:
    most = 500
    free = True
    pulls = True
    signs = True
    gone = frozenset({"NO_SUCH_NUMBER"})
    table: Mapping[str, Verdict] = {
        "OK": Verdict.ACCEPTED,
        "NO_SUCH_NUMBER": Verdict.GONE,
        "REFUSED": Verdict.REFUSED,
        "CONTENT": Verdict.REFUSED,
        "LIMIT": Verdict.ELSEWHERE,
        "TEMPLATE": Verdict.ELSEWHERE,
        "FAILED": Verdict.ELSEWHERE,
        "BUSY": Verdict.BUSY,
        "UNKNOWN": Verdict.DOUBT,
        "NONCE": Verdict.DOUBT,  # this very request was there before
        "FORM": Verdict.DOWN,
        "SIGNATURE": Verdict.DOWN,
        "CLOCK": Verdict.DOWN,
        "KEY": Verdict.DOWN,
        "BALANCE": Verdict.DOWN,
    }

    of_one = frozenset[str]()

    def together(self, item: Item) -> Hashable:
        return None

    def _call(self, what: str, data: Any, account: Account, at: datetime, nonce: str) -> Call:
        body, path = dumped(data), f"{account.path}/{what}"
        return Call(
            path,
            headers(account.secret, account.key_id, path, at, nonce, body) | {"host": account.host},
            body,
        )

    def send(self, items: Sequence[Item], account: Account, at: datetime, nonce: str) -> Call:
        messages: list[dict[str, Any]] = []
        for item in items:
            words = item.words
            if words.template:
                messages.append({"to": item.to, "template": words.template, "values": dict(words.values)})
            else:
                messages.append({"to": item.to, "text": words.text})
        return self._call(
            "send", {"sign": account.sign, "extend": account.extend, "messages": messages}, account, at, nonce
        )

    def answers(self, body: bytes, account: Account, items: Sequence[Item]) -> list[Said]:
        found = loaded(body)
        if not isinstance(found, dict) or not isinstance(found.get("code"), str):
            raise Unclear("no code")
        if found["code"] != "OK":
            return [Said("", found["code"])]
        return [
            Said(str(row.get("to") or ""), str(row.get("code") or ""), str(row.get("id") or "")[:64])
            for row in rows(found.get("results"), "results")
        ]

    def pull(self, account: Account, at: datetime, nonce: str, cursor: str, most: int) -> list[Call]:
        return [self._call("reports", {"cursor": cursor, "limit": most}, account, at, nonce)]

    def pulled(self, body: bytes, account: Account, at: datetime) -> tuple[list[Brought], str, int]:
        found = loaded(body)
        if not isinstance(found, dict) or found.get("code") != "OK":
            raise Unclear(str(found.get("code") if isinstance(found, dict) else "no object"))
        brought = self.pushed(body, account, at)
        return brought, str(found.get("cursor") or ""), len(brought)

    def pushed(self, body: bytes, account: Account, at: datetime) -> list[Brought]:
        """``{"receipts": [{id, to, status, error}], "texts": [{id, from, text, at}]}``; ``status``: delivered, failed."""
        found = loaded(body)
        if not isinstance(found, dict):
            raise Unclear("no object")
        brought: list[Brought] = [
            self._receipt(row, account) for row in rows(found.get("receipts") or [], "receipts")
        ]
        return brought + [self._text(row, account, at) for row in rows(found.get("texts") or [], "texts")]

    @staticmethod
    def _receipt(row: dict[str, Any], account: Account) -> Brought:
        if not row.get("id") or row.get("status") not in ("delivered", "failed"):
            return Unreadable(account.gateway, "no receipt", dumped(row))
        delivered, code = row["status"] == "delivered", str(row.get("error") or "")[:40]
        return Receipt(
            account.gateway, str(row["id"])[:64], delivered, "" if delivered else code, national(str(row.get("to") or "")),
            not delivered and code in account.gone,
        )  # fmt: skip

    @staticmethod
    def _text(row: dict[str, Any], account: Account, at: datetime) -> Brought:
        if not row.get("id") or not row.get("from") or not isinstance(row.get("text"), str):
            return Unreadable(account.gateway, "no text", dumped(row))
        return Inbound(
            account.gateway, str(row["id"])[:64], str(row["from"]), row["text"], seconds(row.get("at"), at)
        )

    def verified(self, account: Account, path: str, headers: Mapping[str, str], body: bytes) -> bool:
        given = {name: headers.get(f"x-{name}", "") for name in ("key", "time", "nonce")} | {"path": path}
        signed = signing.by_parameters(account.secret, given, body)
        return (
            hmac.compare_digest(signed.encode(), headers.get("x-signature", "").encode("utf-8", "replace"))
            and given["key"] == account.key_id
        )

    def thanks(self, taken: bool) -> dict[str, Any]:
        return {"code": "OK" if taken else "REFUSED"}


def headers(secret: str, key_id: str, path: str, at: datetime, nonce: str, body: bytes) -> dict[str, str]:
    """The signed headers of a request, ours or the other side's."""
    given = {"key": key_id, "time": str(int(at.timestamp())), "nonce": nonce}
    signed = signing.by_parameters(secret, {**given, "path": path}, body)
    return {
        "content-type": "application/json", "x-key": key_id, "x-time": given["time"], "x-nonce": nonce, "x-signature": signed,
    }  # fmt: skip
