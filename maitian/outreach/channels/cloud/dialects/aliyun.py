"""Alibaba Cloud (Dysmsapi 2017-05-25): SendBatchSms, one template with values for each number, one code for all.

A receipt names the request (``biz_id``) and the number, so our reference is made of both, the number blind. Receipts and
replies are pushed and not signed; pulling goes through a message queue, which we do not speak.
"""

from __future__ import annotations

import hashlib
from collections.abc import Hashable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from maitian.core.privacy import token
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
    local,
    rows,
)
from maitian.outreach.channels.cloud.line import Call
from maitian.outreach.sms import national


def reference(biz_id: str, phone: str) -> str:
    return f"{biz_id[:46]}.{token(national(phone)) % 2**64:016x}"


class Aliyun:
    most = 100
    free = False
    pulls = False
    signs = False
    gone = frozenset({"MOBILE_NOT_EXIST", "MOBILE_NOT_ON_SERVICE", "MK:0001", "MK:0012", "1", "001"})
    table: Mapping[str, Verdict] = {
        "OK": Verdict.ACCEPTED,
        "isv.MOBILE_NUMBER_ILLEGAL": Verdict.GONE,
        "isv.BLACK_KEY_CONTROL_LIMIT": Verdict.REFUSED,
        "isv.SMS_CONTENT_ILLEGAL": Verdict.REFUSED,
        "isv.BUSINESS_LIMIT_CONTROL": Verdict.ELSEWHERE,  # too many to this number here
        "isv.PARAM_LENGTH_LIMIT": Verdict.ELSEWHERE,
        "isv.PARAM_NOT_SUPPORT_URL": Verdict.ELSEWHERE,
        "isv.TEMPLATE_MISSING_PARAMETERS": Verdict.ELSEWHERE,
        "isv.SMS_TEMPLATE_ILLEGAL": Verdict.ELSEWHERE,
        "isv.SMS_SIGNATURE_ILLEGAL": Verdict.ELSEWHERE,
        "isv.TEMPLATE_PARAMS_ILLEGAL": Verdict.ELSEWHERE,
        "isv.INVALID_PARAMETERS": Verdict.ELSEWHERE,
        "isv.INVALID_JSON_PARAM": Verdict.ELSEWHERE,
        "isv.MOBILE_COUNT_OVER_LIMIT": Verdict.ELSEWHERE,
        "isp.SYSTEM_ERROR": Verdict.ELSEWHERE,
        "isv.AMOUNT_NOT_ENOUGH": Verdict.DOWN,
        "isv.DAY_LIMIT_CONTROL": Verdict.DOWN,
        "isv.OUT_OF_SERVICE": Verdict.DOWN,
        "isv.PRODUCT_UN_SUBSCRIPT": Verdict.DOWN,
        "isv.PRODUCT_UNSUBSCRIBE": Verdict.DOWN,
        "isv.ACCOUNT_NOT_EXISTS": Verdict.DOWN,
        "isv.ACCOUNT_ABNORMAL": Verdict.DOWN,
        "isp.RAM_PERMISSION_DENY": Verdict.DOWN,
        "SignatureDoesNotMatch": Verdict.DOWN,
        "InvalidAccessKeyId": Verdict.DOWN,
        "InvalidTimeStamp": Verdict.DOWN,
        "Forbidden": Verdict.DOWN,
        "SignatureNonceUsed": Verdict.DOUBT,  # this very request was there before
        "Throttling": Verdict.BUSY,
        "ServiceUnavailable": Verdict.BUSY,
    }

    of_one = frozenset({"isv.BUSINESS_LIMIT_CONTROL", "isv.PARAM_LENGTH_LIMIT"})

    def together(self, item: Item) -> Hashable:
        return item.words.template

    def send(self, items: Sequence[Item], account: Account, at: datetime, nonce: str) -> Call:
        body = urlencode(
            {
                "PhoneNumberJson": dumped([item.to for item in items]).decode(),
                "SignNameJson": dumped([account.sign] * len(items)).decode(),
                "TemplateCode": items[0].words.template,
                "TemplateParamJson": dumped([dict(item.words.values) for item in items]).decode(),
                **({"SmsUpExtendCodeJson": dumped([account.extend] * len(items)).decode()} if account.extend else {}),
            }
        ).encode()  # fmt: skip
        path = account.path or "/"
        headers = {
            "host": account.host,
            "content-type": "application/x-www-form-urlencoded",
            "x-acs-action": "SendBatchSms",
            "x-acs-version": "2017-05-25",
            "x-acs-date": f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
            "x-acs-signature-nonce": nonce,
            "x-acs-content-sha256": signing.digest(body),
        }
        signed = signing.acs3(account.secret, account.key_id, path, headers, body)
        return Call(path, {**headers, "authorization": signed}, body)

    def answers(self, body: bytes, account: Account, items: Sequence[Item]) -> list[Said]:
        found = loaded(body)
        if not isinstance(found, dict) or not isinstance(found.get("Code"), str):
            raise Unclear("no Code")
        code, biz_id = found["Code"], found.get("BizId")
        if code != "OK":
            return [Said("", code)]
        if not isinstance(biz_id, str) or not biz_id:
            raise Unclear("no BizId")
        return [Said(item.to, code, reference(biz_id, item.to)) for item in items]

    def pull(self, account: Account, at: datetime, nonce: str, cursor: str, most: int) -> list[Call]:
        return []

    def pulled(self, body: bytes, account: Account, at: datetime) -> tuple[list[Brought], str, int]:
        raise Unclear("nothing was asked for")

    def pushed(self, body: bytes, account: Account, at: datetime) -> list[Brought]:
        """An array of receipts (``success``) or of texts from phones (``content``)."""
        return [self._one(row, account, at) for row in rows(loaded(body), "reports")]

    @staticmethod
    def _one(row: dict[str, Any], account: Account, at: datetime) -> Brought:
        phone = str(row.get("phone_number") or "")
        if isinstance(row.get("success"), bool) and row.get("biz_id") and phone:
            delivered, code = row["success"], str(row.get("err_code") or "")[:40]
            return Receipt(
                account.gateway, reference(str(row["biz_id"]), phone), delivered, "" if delivered else code, national(phone),
                not delivered and code in account.gone,
            )  # fmt: skip
        if isinstance(row.get("content"), str) and phone:
            number = str(row.get("sequence_id") or "")
            same = hashlib.sha256(f"{phone}|{row['content']}".encode("utf-8", "surrogatepass")).hexdigest()
            when = local(str(row.get("send_time") or ""), at)
            return Inbound(
                account.gateway, (number or same)[:48], phone, row["content"], when, numbered=bool(number)
            )
        return Unreadable(account.gateway, "neither receipt nor text", dumped(row))

    def verified(self, account: Account, path: str, headers: Mapping[str, str], body: bytes) -> bool:
        return False

    def thanks(self, taken: bool) -> dict[str, Any]:
        return {"code": 0, "msg": "接收成功"} if taken else {"code": 1, "msg": "refused"}
