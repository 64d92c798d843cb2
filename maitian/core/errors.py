"""Domain errors: a stable code, one sentence in Chinese and one in English, nothing half stored.

A room lists its errors in its own ``errors.py``::

    class RiskMissing(DomainError):
        code = "library.report.risk_missing"
        zh = "报告没有风险等级。请选 R1 到 R5。"
        en = "The report has no risk level. Choose R1 to R5."

``field`` names the form field or API property that the sentence belongs to, when there is one. A fact that is itself
words is given as a pair, (Chinese, English).
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.utils.translation import get_language


class DomainError(Exception):
    """A refusal that a person can act on. ``status`` is the HTTP status that the faces answer with."""

    code: ClassVar[str] = "core.refused"
    zh: ClassVar[str] = "没有办成。"
    en: ClassVar[str] = "This was not done."
    status: ClassVar[int] = 422
    field: str | None = None

    def __init__(self, field: str | None = None, **facts: Any) -> None:
        self.facts = facts
        if field is not None:
            self.field = field
        super().__init__(self.code)

    def sentence(self, language: str | None = None) -> str:
        """The sentence in ``language`` (``zh-hans`` or ``en``), by default the active one."""
        chosen = language or get_language() or "zh-hans"
        english = chosen.startswith("en")
        facts = {
            name: fact[english] if isinstance(fact, tuple) else fact for name, fact in self.facts.items()
        }
        return (self.en if english else self.zh).format(**facts)

    def __str__(self) -> str:
        return f"{self.code}: {self.sentence()}"


class NotFound(DomainError):
    code = "core.not_found"
    zh = "没有这条记录，或者您不能看它。"
    en = "There is no such record, or you may not see it."
    status = 404


class Forbidden(DomainError):
    code = "core.forbidden"
    zh = "您的岗位没有这项权限（{permission}）。需要的话，请找营业部负责人。"
    en = "Your role does not have this permission ({permission}). Ask the branch manager if you need it."
    status = 403


class SameMakerAndChecker(DomainError):
    code = "core.same_maker_and_checker"
    zh = "提交人不能复核自己的内容。请另一位同事复核。"
    en = "The maker cannot check his own work. Ask a colleague to check it."
    status = 409


class AlreadyDone(DomainError):
    code = "core.already_done"
    zh = "这一步已经有人办过了（现在是“{state}”）。请刷新页面看最新情况。"
    en = "This step has already been taken (the state is now “{state}”). Reload the page to see it."
    status = 409


class TextUnreadable(DomainError):
    code = "core.text_unreadable"
    zh = "“{name}”里有看不见的控制字符，存不下。请删掉后重新输入。"
    en = "“{name}” holds control characters that cannot be stored. Remove them and type it again."


class ValueTooLarge(DomainError):
    code = "core.value_too_large"
    zh = "有一项太长或数太大，存不下。请改短、改小后再提交。"
    en = "One of the values is too long or too large to be stored. Make it shorter or smaller and send it again."


class DoneAtTheSameTime(DomainError):
    code = "core.done_at_the_same_time"
    zh = "同一时刻有人做了同一件事，这一次没有存。请刷新页面看最新情况。"
    en = "Somebody did the same at the same moment, so this was not stored. Reload the page to see how it stands."
    status = 409


class ReasonMissing(DomainError):
    code = "core.reason_missing"
    zh = "请写一句原因，会记进账本。"
    en = "Write a reason; it goes into the ledger."
    field = "reason"
