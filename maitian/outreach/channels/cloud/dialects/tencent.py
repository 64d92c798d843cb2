"""Tencent Cloud (sms 2021-01-11): SendSms, one template and the same values for up to 200 numbers, a code for each.

Receipts and texts are pulled (what was pulled does not come again) or pushed, not signed.
"""

from __future__ import annotations

import hashlib
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

VERSION = "2021-01-11"


class Tencent:
    most = 200
    free = False
    pulls = True
    signs = False
    gone = frozenset({"MK:0001", "MK:0012", "1", "001", "空号", "号码不存在"})
    table: Mapping[str, Verdict] = {
        "Ok": Verdict.ACCEPTED,
        "InvalidParameterValue.IncorrectPhoneNumber": Verdict.GONE,
        "FailedOperation.PhoneNumberInBlacklist": Verdict.REFUSED,
        "FailedOperation.ContainSensitiveWord": Verdict.REFUSED,
        "FailedOperation.MarketingSendTimeConstraint": Verdict.ELSEWHERE,
        "FailedOperation": Verdict.ELSEWHERE,
        "FailedOperation.InsufficientBalanceInSmsPackage": Verdict.DOWN,
        "LimitExceeded": Verdict.ELSEWHERE,  # of a number, of a day
        "InvalidParameter": Verdict.ELSEWHERE,
        "InvalidParameterValue": Verdict.ELSEWHERE,
        "MissingParameter": Verdict.ELSEWHERE,
        "UnsupportedOperation": Verdict.ELSEWHERE,
        "InternalError": Verdict.ELSEWHERE,
        "InternalError.Timeout": Verdict.DOUBT,
        "RequestLimitExceeded": Verdict.BUSY,
        "LimitExceeded.DeliveryFrequencyLimit": Verdict.BUSY,
        "AuthFailure": Verdict.DOWN,
        "UnauthorizedOperation": Verdict.DOWN,
        "InvalidParameterValue.SdkAppIdNotExist": Verdict.DOWN,
    }

    of_one = frozenset[str]()

    def together(self, item: Item) -> Hashable:
        return item.words.template, item.words.values

    def _call(self, action: str, data: Any, account: Account, at: datetime) -> Call:
        body = dumped(data)
        path = account.path or "/"
        headers = {
            "content-type": "application/json; charset=utf-8",
            "host": account.host,
            "x-tc-action": action.lower(),
        }
        signed = signing.tc3(account.secret, account.key_id, "sms", path, headers, body, at)
        sent = {
            **headers, "x-tc-action": action, "x-tc-version": VERSION, "x-tc-timestamp": str(int(at.timestamp())), "authorization": signed,
        }  # fmt: skip
        return Call(path, sent | ({"x-tc-region": account.region} if account.region else {}), body)

    def send(self, items: Sequence[Item], account: Account, at: datetime, nonce: str) -> Call:
        data: dict[str, Any] = {
            "PhoneNumberSet": [_international(item.to) for item in items],
            "SmsSdkAppId": account.app,
            "SignName": account.sign,
            "TemplateId": items[0].words.template,
            "TemplateParamSet": [value for _name, value in items[0].words.values],
            "SessionContext": nonce,
        }
        if account.extend:
            data["ExtendCode"] = account.extend
        return self._call("SendSms", data, account, at)

    @staticmethod
    def _response(body: bytes) -> dict[str, Any]:
        found = loaded(body)
        response = found.get("Response") if isinstance(found, dict) else None
        if not isinstance(response, dict):
            raise Unclear("no Response")
        return response

    def answers(self, body: bytes, account: Account, items: Sequence[Item]) -> list[Said]:
        response = self._response(body)
        error = response.get("Error")
        if isinstance(error, dict) and isinstance(error.get("Code"), str):
            return [Said("", error["Code"])]
        return [
            Said(national(str(row.get("PhoneNumber") or "")), str(row.get("Code") or ""), str(row.get("SerialNo") or "")[:64])
            for row in rows(response.get("SendStatusSet"), "SendStatusSet")
        ]  # fmt: skip

    def pull(self, account: Account, at: datetime, nonce: str, cursor: str, most: int) -> list[Call]:
        data = {"SmsSdkAppId": account.app, "Limit": min(most, 100)}
        return [
            self._call(action, data, account, at) for action in ("PullSmsSendStatus", "PullSmsReplyStatus")
        ]

    def pulled(self, body: bytes, account: Account, at: datetime) -> tuple[list[Brought], str, int]:
        response = self._response(body)
        error = response.get("Error")
        if isinstance(error, dict):
            raise Unclear(str(error.get("Code")))
        if "PullSmsSendStatusSet" in response:
            found = rows(response["PullSmsSendStatusSet"] or [], "PullSmsSendStatusSet")
            kept = [
                self._receipt(r, account, r.get("SerialNo"), r.get("ReportStatus"), r.get("Description"), r.get("SubscriberNumber"))
                for r in found
            ]  # fmt: skip
            return kept, "", len(found)
        found = rows(response.get("PullSmsReplyStatusSet") or [], "PullSmsReplyStatusSet")
        texts = [
            self._text(
                r, account, r.get("SubscriberNumber"), r.get("ReplyContent"), seconds(r.get("ReplyTime"), at)
            )
            for r in found
        ]
        return texts, "", len(found)

    def pushed(self, body: bytes, account: Account, at: datetime) -> list[Brought]:
        """An array of receipts, or one text from a phone."""
        found = loaded(body)
        if isinstance(found, dict):
            return [
                self._text(
                    found, account, found.get("mobile"), found.get("text"), seconds(found.get("time"), at)
                )
            ]
        return [
            self._receipt(r, account, r.get("sid"), r.get("report_status"), r.get("errmsg"), r.get("mobile"))
            for r in rows(found, "reports")
        ]

    @staticmethod
    def _receipt(
        row: dict[str, Any], account: Account, number: Any, status: Any, why: Any, phone: Any
    ) -> Brought:
        if not number or status not in ("SUCCESS", "FAIL"):
            return Unreadable(account.gateway, "no receipt", dumped(row))
        delivered, code = status == "SUCCESS", str(why or "")[:40]
        return Receipt(
            account.gateway, str(number)[:64], delivered, "" if delivered else code, national(str(phone or "")),
            not delivered and code in account.gone,
        )  # fmt: skip

    @staticmethod
    def _text(row: dict[str, Any], account: Account, phone: Any, text: Any, at: datetime) -> Brought:
        if not phone or not isinstance(text, str):
            return Unreadable(account.gateway, "no text", dumped(row))
        same = hashlib.sha256(
            f"{phone}|{text}|{at.timestamp():.0f}".encode("utf-8", "surrogatepass")
        ).hexdigest()
        return Inbound(account.gateway, same[:32], str(phone), text, at, numbered=False)

    def verified(self, account: Account, path: str, headers: Mapping[str, str], body: bytes) -> bool:
        return False

    def thanks(self, taken: bool) -> dict[str, Any]:
        return {"result": 0, "errmsg": "OK"} if taken else {"result": 1, "errmsg": "refused"}


def _international(number: str) -> str:
    return number if number.startswith("+") else f"+86{national(number)}"
