"""A small cloud that takes texts by signed HTTP requests, as the big ones do: three dialects at one address.

It checks signatures, times, numbers used once, signs and templates by itself, without a line of the client's code, and
is tested with the clouds' own software. As a real one does, it writes down what it accepts before it answers, and keeps
a receipt until it was fetched (where the dialect can say so), and so survives being killed.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import itertools
import json
import re
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, unquote

from maitian.simulators.smsc import Journal
from maitian.simulators.store import Log

LARGEST = 2_000_000  # octets of a request
SKEW = 300  # seconds that a request's time may be off
SLOW = 0.4
TEXTS = {"TEST": "${text}"}


@dataclass
class Account:
    """Who may send, and what is registered for him."""

    key_id: str = "maitian"
    secret: str = "maitian"  # noqa: S105 - of a simulator
    signs: tuple[str, ...] = ("麦田证券",)
    templates: dict[str, str] = field(default_factory=lambda: dict(TEXTS))


@dataclass
class Conduct:
    """``mode``: up, slow, silent (takes and does not answer), down. ``codes``: what is said about a number instead of yes."""

    mode: str = "up"
    gone: set[str] = field(default_factory=set)
    codes: dict[str, str] = field(default_factory=dict)
    whole: str = ""  # a code for every request
    status: int = 0  # an HTTP status and no code
    receipt_after: float = 0.3
    skew: float = 0.0  # seconds that our clock is off


class Refused(Exception):
    """A request that is not taken, with its code in the dialect."""


class Cloud:
    """The server. ``accepted`` counts texts."""

    def __init__(
        self, log: Log, name: str = "cloud", account: Account | None = None, conduct: Conduct | None = None
    ) -> None:
        self.log, self.name = log, name
        self.account, self.conduct = account or Account(), conduct or Conduct()
        self.accepted = 0
        self.requests = 0
        self.journal = Journal(log.path.with_suffix(f".{name}.journal"))
        self.reports: dict[
            int, dict[str, Any]
        ] = {}  # serial → receipt or text, in the order in which they came
        self._serial = itertools.count(int(time.time()) * 1_000)
        self._number = itertools.count(1)
        self._start = int(time.time() * 1000)
        self._nonces: set[str] = set()
        self._lines: set[asyncio.StreamWriter] = set()
        for number, (to, _source) in self.journal.open.items():
            self._report({"id": number, "to": to})

    # --- HTTP ---------------------------------------------------------------------------------------------------

    async def start(self, host: str, port: int) -> asyncio.Server:
        return await asyncio.start_server(self._serve, host, port)

    async def serve(self, host: str, port: int) -> None:
        server = await self.start(host, port)
        async with server:
            await server.serve_forever()

    def set_mode(self, mode: str) -> None:
        self.conduct.mode = mode
        if mode == "down":
            for line in list(self._lines):
                line.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.conduct.mode == "down":
            writer.close()
            return
        self._lines.add(writer)
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                first, *lines = head.decode("latin-1").split("\r\n")
                headers = {
                    name.strip().lower(): value.strip() for name, _colon, value in (line.partition(":") for line in lines if line)
                }  # fmt: skip
                length = int(headers.get("content-length", "0"))
                if not 0 <= length <= LARGEST:
                    return
                body = await reader.readexactly(length)
                status, answer = self.answer(first.split(" ")[1], headers, body)
                self.log.flush()
                self.journal.flush()
                if self.conduct.mode == "silent":
                    await reader.read(1)  # until the other side goes away
                    return
                if self.conduct.mode == "slow":
                    await asyncio.sleep(SLOW)
                data = json.dumps(answer, ensure_ascii=False).encode()
                writer.write(
                    f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {len(data)}\r\n\r\n".encode()
                    + data
                )
                await writer.drain()
        except (
            asyncio.CancelledError,
            asyncio.IncompleteReadError,
            asyncio.LimitOverrunError,
            ConnectionError,
            ValueError,
            IndexError,
        ):
            return
        finally:
            self._lines.discard(writer)
            writer.close()

    def answer(self, path: str, headers: dict[str, str], body: bytes) -> tuple[int, Any]:
        """Status and JSON for one request."""
        self.requests += 1
        if self.conduct.status:
            return self.conduct.status, {"message": "nothing to say"}
        path = unquote(path.partition("?")[0])
        if "x-tc-action" in headers:
            return self._tencent(path, headers, body)
        if "x-acs-action" in headers:
            return self._aliyun(path, headers, body)
        return self._plain(path, headers, body)

    # --- what all have in common --------------------------------------------------------------------------------

    def _now(self) -> float:
        return time.time() + self.conduct.skew

    def _once(self, nonce: str) -> bool:
        if not nonce or nonce in self._nonces:
            return False
        self._nonces.add(nonce)
        return True

    def _take(self, to: str, text: str, reported: bool = True) -> str:
        """Write a text down; its number. ``reported``: its receipt comes under this number."""
        number = f"{self._start}{next(self._number):08d}"
        self.accepted += 1
        parts = 1 if len(text) <= 70 else -(-len(text) // 67)
        self.log.add(
            {"at": datetime.now(UTC).isoformat(timespec="milliseconds"), "from": "10690000", "to": to, "text": text, "id": number,
             "parts": parts, "gateway": self.name}
        )  # fmt: skip
        if reported:
            self.journal.accepted(number, to, "10690000")
            asyncio.get_running_loop().call_later(
                self.conduct.receipt_after, self._report, {"id": number, "to": to}
            )
        return number

    def _report(self, item: dict[str, Any]) -> None:
        self.reports[next(self._serial)] = {
            **item,
            "kind": "receipt",
            "gone": item["to"] in self.conduct.gone,
        }

    def say(self, phone: str, text: str) -> None:
        """A client's phone sends a text."""
        serial = next(self._serial)
        self.reports[serial] = {
            "id": f"mo{serial}",
            "to": phone,
            "text": text,
            "kind": "text",
            "at": int(self._now()),
        }

    def _filled(self, template: str, values: list[str] | dict[str, str], sign: str) -> str:
        if sign not in self.account.signs:
            raise Refused("SIGN")
        if template not in self.account.templates:
            raise Refused("TEMPLATE")
        named = dict(enumerate(values, start=1)) if isinstance(values, list) else values
        try:
            text = re.sub(
                r"\$\{(\w+)\}|\{(\d+)\}", lambda hole: named[hole[1] or int(hole[2])], self.account.templates[template]  # type: ignore[index]
            )  # fmt: skip
        except KeyError:
            raise Refused("VALUES") from None
        return f"【{sign}】{text}"

    # --- plain --------------------------------------------------------------------------------------------------

    def _plain(self, path: str, headers: dict[str, str], body: bytes) -> tuple[int, Any]:
        try:
            self._check_plain(path, headers, body)
            asked = json.loads(body)
            if path.endswith("/reports"):
                return 200, self._pulled(str(asked.get("cursor") or ""), int(asked.get("limit") or 100))
            if self.conduct.whole:
                raise Refused(self.conduct.whole)
            return 200, {"code": "OK", "results": [self._plain_one(asked, row) for row in asked["messages"]]}
        except Refused as refused:
            return 200, {"code": str(refused)}
        except (ValueError, KeyError, TypeError, AttributeError):
            return 400, {"code": "FORM"}

    def _check_plain(self, path: str, headers: dict[str, str], body: bytes) -> None:
        if headers.get("x-key") != self.account.key_id:
            raise Refused("KEY")
        if abs(int(headers.get("x-time", "0")) - self._now()) > SKEW:
            raise Refused("CLOCK")
        if self._signed(path, headers, body) != headers.get("x-signature"):
            raise Refused("SIGNATURE")
        if not self._once(headers.get("x-nonce", "")):
            raise Refused("NONCE")

    def _signed(self, path: str, headers: dict[str, str], body: bytes) -> str:
        said = f"body={hashlib.sha256(body).hexdigest()}&key={headers['x-key']}&nonce={headers['x-nonce']}&path={path}&time={headers['x-time']}"
        return hmac.new(self.account.secret.encode(), said.encode(), "sha256").hexdigest()

    def _plain_one(self, asked: dict[str, Any], row: dict[str, Any]) -> dict[str, str]:
        to = str(row["to"])
        if to in self.conduct.codes:
            return {"to": to, "code": self.conduct.codes[to]}
        if "template" in row:
            try:
                text = self._filled(row["template"], row["values"], asked["sign"])
            except Refused:
                return {"to": to, "code": "TEMPLATE"}
        else:
            text = f"【{asked['sign']}】{row['text']}" if asked.get("sign") else str(row["text"])
        return {"to": to, "code": "OK", "id": self._take(to, text)}

    def _pulled(self, cursor: str, limit: int) -> dict[str, Any]:
        """Everything after the cursor; what stands up to it is done with."""
        for serial in [serial for serial in self.reports if cursor.isdigit() and serial <= int(cursor)]:
            item = self.reports.pop(serial)
            if item["kind"] == "receipt":
                self.journal.acknowledged(item["id"])
        found = list(itertools.islice(self.reports.items(), limit))
        return {
            "code": "OK",
            "cursor": str(found[-1][0]) if found else cursor,
            **self.brought([item for _serial, item in found]),
        }

    def brought(self, items: list[dict[str, Any]]) -> dict[str, Any]:
        """Receipts and texts as the plain dialect tells them, in a pull or a push."""
        return {
            "receipts": [
                {"id": i["id"], "to": i["to"], "status": "failed" if i["gone"] else "delivered", "error": "NO_SUCH_NUMBER" if i["gone"] else ""}
                for i in items if i["kind"] == "receipt"
            ],
            "texts": [{"id": i["id"], "from": i["to"], "text": i["text"], "at": i["at"]} for i in items if i["kind"] == "text"],
        }  # fmt: skip

    # --- Alibaba Cloud ------------------------------------------------------------------------------------------

    def _aliyun(self, path: str, headers: dict[str, str], body: bytes) -> tuple[int, Any]:
        def no(status: int, code: str) -> tuple[int, Any]:
            return status, {"Code": code, "Message": code, "RequestId": "1"}

        found = re.fullmatch(
            r"ACS3-HMAC-SHA256 Credential=([^,]+),SignedHeaders=([^,]+),Signature=(\w+)",
            headers.get("authorization", ""),
        )
        if found is None or found[1] != self.account.key_id:
            return no(404, "InvalidAccessKeyId.NotFound")
        digest = hashlib.sha256(body).hexdigest()
        if headers.get("x-acs-content-sha256") != digest:
            return no(400, "SignatureDoesNotMatch")
        wanted = "\n".join(
            [
                "POST",
                path,
                "",
                *(f"{name}:{headers.get(name, '')}" for name in found[2].split(";")),
                "",
                found[2],
                digest,
            ]
        )
        whole = f"ACS3-HMAC-SHA256\n{hashlib.sha256(wanted.encode()).hexdigest()}"
        if hmac.new(self.account.secret.encode(), whole.encode(), "sha256").hexdigest() != found[3]:
            return no(400, "SignatureDoesNotMatch")
        at = (
            datetime.strptime(headers.get("x-acs-date", ""), "%Y-%m-%dT%H:%M:%SZ")
            .replace(tzinfo=UTC)
            .timestamp()
        )
        if abs(at - self._now()) > SKEW:
            return no(400, "InvalidTimeStamp.Expired")
        if not self._once(headers.get("x-acs-signature-nonce", "")):
            return no(400, "SignatureNonceUsed")
        if self.conduct.whole:
            return no(200, self.conduct.whole)
        form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        numbers, signs = json.loads(form["PhoneNumberJson"]), json.loads(form["SignNameJson"])
        values = json.loads(form["TemplateParamJson"])
        spoilt = next((self.conduct.codes[to] for to in numbers if to in self.conduct.codes), "")
        if spoilt:
            return no(200, spoilt)
        try:
            texts = [self._filled(form["TemplateCode"], v, s) for v, s in zip(values, signs, strict=True)]
        except Refused as refused:
            return no(
                200,
                {"SIGN": "isv.SMS_SIGNATURE_ILLEGAL", "VALUES": "isv.TEMPLATE_MISSING_PARAMETERS"}.get(
                    str(refused), "isv.SMS_TEMPLATE_ILLEGAL"
                ),
            )
        together = f"{self._start}^{next(self._number)}"
        for to, text in zip(numbers, texts, strict=True):
            self._take(to, text, reported=False)
            self._report({"id": together, "to": to})
        return 200, {"Code": "OK", "Message": "OK", "BizId": together, "RequestId": "1"}

    # --- Tencent Cloud ------------------------------------------------------------------------------------------

    def _tencent(self, path: str, headers: dict[str, str], body: bytes) -> tuple[int, Any]:
        def no(code: str) -> tuple[int, Any]:
            return 200, {"Response": {"Error": {"Code": code, "Message": code}, "RequestId": "1"}}

        found = re.fullmatch(
            r"TC3-HMAC-SHA256 Credential=([^/]+)/([\d-]+)/(\w+)/tc3_request, SignedHeaders=([^,]+), Signature=(\w+)",
            headers.get("authorization", ""),
        )
        if found is None or found[1] != self.account.key_id:
            return no("AuthFailure.SecretIdNotFound")
        at = int(headers.get("x-tc-timestamp", "0"))
        if abs(at - self._now()) > SKEW or f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d}" != found[2]:
            return no("AuthFailure.SignatureExpire")
        wanted = "\n".join(
            ["POST", path, "", *(f"{n}:{headers.get(n, '').lower() if n == 'x-tc-action' else headers.get(n, '')}" for n in found[4].split(";")),
             "", found[4], hashlib.sha256(body).hexdigest()]
        )  # fmt: skip
        scope = f"{found[2]}/{found[3]}/tc3_request"
        whole = f"TC3-HMAC-SHA256\n{at}\n{scope}\n{hashlib.sha256(wanted.encode()).hexdigest()}"
        key = f"TC3{self.account.secret}".encode()
        for word in scope.split("/"):
            key = hmac.new(key, word.encode(), "sha256").digest()
        if hmac.new(key, whole.encode(), "sha256").hexdigest() != found[5]:
            return no("AuthFailure.SignatureFailure")
        asked = json.loads(body)
        action = headers["x-tc-action"]
        if action == "PullSmsSendStatus":
            return 200, {
                "Response": {
                    "PullSmsSendStatusSet": [
                        self._status(i) for i in self._fetched("receipt", asked["Limit"])
                    ],
                    "RequestId": "1",
                }
            }
        if action == "PullSmsReplyStatus":
            texts = [
                {"SubscriberNumber": i["to"], "ReplyContent": i["text"], "ReplyTime": i["at"]}
                for i in self._fetched("text", asked["Limit"])
            ]
            return 200, {"Response": {"PullSmsReplyStatusSet": texts, "RequestId": "1"}}
        if action != "SendSms":
            return no("InvalidAction")
        if self.conduct.whole:
            return no(self.conduct.whole)
        try:
            text = self._filled(
                asked["TemplateId"], asked.get("TemplateParamSet") or [], asked.get("SignName") or ""
            )
        except Refused as refused:
            code = {"SIGN": "SignatureIncorrectOrUnapproved", "VALUES": "TemplateParameterFormatError"}.get(
                str(refused), "TemplateIncorrectOrUnapproved"
            )
            return no(f"FailedOperation.{code}")
        rows = []
        for phone in asked["PhoneNumberSet"]:
            to = phone.removeprefix("+86")
            code = self.conduct.codes.get(to, "Ok")
            number = self._take(to, text) if code == "Ok" else ""
            rows.append(
                {
                    "SerialNo": number,
                    "PhoneNumber": phone,
                    "Fee": 1,
                    "SessionContext": "",
                    "Code": code,
                    "Message": code,
                    "IsoCode": "CN",
                }
            )
        return 200, {"Response": {"SendStatusSet": rows, "RequestId": "1"}}

    def _fetched(self, kind: str, most: int) -> list[dict[str, Any]]:
        """What was fetched does not come again."""
        found = [(serial, item) for serial, item in self.reports.items() if item["kind"] == kind][:most]
        for serial, item in found:
            del self.reports[serial]
            if kind == "receipt":
                self.journal.acknowledged(item["id"])
        return [item for _serial, item in found]

    @staticmethod
    def _status(item: dict[str, Any]) -> dict[str, Any]:
        return {
            "SerialNo": item["id"], "PhoneNumber": f"+86{item['to']}", "SubscriberNumber": item["to"], "CountryCode": "86",
            "ReportStatus": "FAIL" if item["gone"] else "SUCCESS", "Description": "MK:0001" if item["gone"] else "DELIVRD",
            "UserReceiveTime": int(time.time()), "SessionContext": "",
        }  # fmt: skip
