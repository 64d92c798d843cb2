"""Everything that the page of a case shows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from maitian.core import time as business_time
from maitian.core.privacy import mask_name
from maitian.desk import catalog
from maitian.desk.models import (
    AppliedPolicy,
    Attachment,
    Case,
    CaseChannel,
    CaseState,
    Cause,
    Clock,
    Complaint,
    Entry,
    Link,
    Named,
    Net,
    Pause,
    Priority,
    Watch,
)
from maitian.desk.queries.base import family, private_of, survivor_of
from maitian.desk.rules.clocks import SHOWN, ClockKind, ClockState
from maitian.staff.models import Centre, Member, Role

ICONS = {
    "phone": "phone-in",
    "counter": "ticket",
    "portal": "message",
    "email": "mail",
    "sms": "sms",
    "visit": "pin",
    "letter": "mail",
    "regulator": "shield",
}


@dataclass
class Line:
    """One entry as it is shown. ``tone``: css class of its symbol; ``who`` in words; ``public``: the client sees it."""

    entry: Entry
    icon: str
    tone: str
    title: str
    body: str
    who: str
    where: str
    public: bool
    files: list[Attachment]
    from_ref: str = ""


def lines(case: Case, *, for_client: bool = False, before: int | None = None, limit: int = 30) -> list[Line]:
    """Entries of a case and of those merged into it, newest first; for the client only what he may see."""
    ids = family(case.pk)
    found = Entry.objects.filter(case_id__in=ids).select_related("case").order_by("-pk")
    if for_client:
        found = found.filter(Q(kind__in=[Entry.Kind.REPLY, Entry.Kind.CLIENT]) | Q(facts__what="confirmed"))
    if before is not None:
        found = found.filter(pk__lt=before)
    entries = list(found[:limit])
    names = _names(entries)
    files: dict[int, list[Attachment]] = {}
    attached = Attachment.objects.filter(entry_id__in=[entry.pk for entry in entries])
    for file in attached.filter(public=True) if for_client else attached:
        files.setdefault(file.entry_id or 0, []).append(file)
    return [_line(entry, case, names, files.get(entry.pk, []), for_client) for entry in entries]


def _names(entries: list[Entry]) -> dict[int, Member]:
    ids = {int(e.actor[7:]) for e in entries if e.actor.startswith("member:") and e.actor[7:].isdigit()}
    for entry in entries:
        ids |= {entry.facts[k] for k in ("before", "after", "member") if isinstance(entry.facts.get(k), int)}
        ids |= {pk for k in ("members", "without") for pk in entry.facts.get(k, ()) if isinstance(pk, int)}
    return {m.pk: m for m in Member.objects.filter(pk__in=ids)}


def _line(
    entry: Entry, case: Case, names: dict[int, Member], files: list[Attachment], for_client: bool
) -> Line:  # fmt: skip
    member = names.get(int(entry.actor[7:])) if entry.actor.startswith("member:") else None
    if member is not None:
        # The client is told who serves him by surname and centre, staff see the whole name.
        who = (
            f"{member.get_centre_display()} {member.title[:1]}**"
            if for_client
            else f"{member.get_centre_display()} {member.title}"
        )
    elif entry.actor.startswith("client:"):
        who = _("您") if for_client else _("客户本人")
    else:
        who = _("系统")
    channel = CaseChannel(entry.channel).label if entry.channel else ""
    net = Net(entry.net).label if entry.net and not for_client else ""
    where = " · ".join(str(part) for part in (net, channel) if part)
    from_ref = entry.case.ref if entry.case_id != case.pk else ""
    if entry.kind == Entry.Kind.SYSTEM:
        icon, tone, title, body = system_words(entry, names)
        if for_client:
            title = _("您确认了结果")
        return Line(entry, icon, tone, title, body, who, where, False, files, from_ref)
    if entry.kind == Entry.Kind.REPLY:
        what = entry.facts.get("what", "")
        title = _("给了结果") if entry.facts.get("result") else _("答复客户")
        if for_client:
            title = _("我们答复您：结果") if entry.facts.get("result") else _("我们答复您")
        title = {
            "acknowledged": _("我们收到了") if for_client else _("告诉客户已收到"),
            "extended": _("书面延期"),
            "promise_moved": _("改期") if for_client else _("改期，告诉了客户"),
        }.get(what, title)
        return Line(
            entry,
            "send",
            "ok" if entry.facts.get("result") else "info",
            title,
            entry.body,
            who,
            where,
            True,
            files,
            from_ref,
        )
    if entry.kind == Entry.Kind.CLIENT:
        if member is not None:  # a colleague wrote down what the client said
            who = _("%(name)s 记") % {"name": who}
        title = _("您写道") if for_client else _("客户说")
        return Line(
            entry,
            ICONS.get(entry.channel, "message"),
            "gold",
            title,
            entry.body,
            who,
            where,
            True,
            files,
            from_ref,
        )
    title = {"finding": _("核查结论"), "letter": _("监管来函")}.get(
        entry.facts.get("what", ""), _("内部记录")
    )
    return Line(
        entry,
        "shield" if entry.facts.get("what") == "letter" else "edit",
        "",
        title,
        entry.body,
        who,
        where,
        False,
        files,
        from_ref,
    )


def system_words(entry: Entry, names: dict[int, Member]) -> tuple[str, str, str, str]:
    """(symbol, tone, title, text) of a system entry, from its facts."""
    facts = entry.facts
    what = facts.get("what", "")

    def name(key: str) -> str:
        member = names.get(facts.get(key) or 0)
        return member.title if member else _("没有人")

    reason = str(facts.get("reason", ""))
    if what == "routed":
        return "case", "", _("分到%(team)s") % {"team": Centre(facts["team"]).label}, why_here(facts)
    if what == "state":
        title = _("转为“%(state)s”") % {"state": CaseState(facts["after"]).label}
        why = {"quiet": _("有结果后几个工作日没有动静，自动结案。"), "confirmed": _("客户确认了结果。")}.get(
            facts.get("why", ""), ""
        )
        tone = (
            "ok"
            if facts["after"] in ("resolved", "closed")
            else "late"
            if facts["after"] == "reopened"
            else ""
        )
        return (
            ("ok" if tone == "ok" else "refresh" if tone == "late" else "clock"),
            tone,
            title,
            reason or why,
        )
    if what == "owner":
        team = facts.get("team")
        title = (
            _("交给%(name)s") % {"name": name("after")}
            if facts.get("after")
            else _("放回%(team)s的队列") % {"team": Centre(team).label if team else ""}
        )
        return "user", "", title, reason
    if what == "responsible":
        return (
            "users",
            "info",
            _("责任由%(before)s交接给%(after)s") % {"before": name("before"), "after": name("after")},
            reason,
        )
    if what == "named":
        words = _("%(name)s 回避") if facts.get("on") else _("%(name)s 不再回避")
        return "shield", "", words % {"name": name("member")}, ""
    if what in ("clock_mail", "clock_mail_failed", "clock_mail_again"):
        return _alarm_words(facts, names)
    if what == "tag":
        words = _("加了标签“%(name)s”") if facts.get("on") else _("去掉标签“%(name)s”")
        return "pin", "", words % {"name": facts.get("name", "")}, ""
    if what == "kind":
        return "filter", "", *_kind_changed(facts)
    if what == "priority":
        return "alert", "", _("优先级改为%(level)s") % {"level": Priority(facts["after"]).label}, ""
    if what in COMPLAINT_WORDS:
        return COMPLAINT_WORDS[what](facts)
    if what == "improvement":
        return "edit", "info", _("发起纠正预防"), str(facts.get("title", ""))
    simple = {
        "merged": ("link", _("并入 %(ref)s") % {"ref": facts.get("into", "")}),
        "merged_here": ("link", _("%(ref)s 并了进来") % {"ref": facts.get("ref", "")}),
        "unmerged": ("refresh", _("撤销合并，从 %(ref)s 分开") % {"ref": facts.get("from", "")}),
        "unmerged_here": ("refresh", _("%(ref)s 分了出去") % {"ref": facts.get("ref", "")}),
        "split": ("case", _("拆出新个案 %(ref)s") % {"ref": facts.get("ref", "")}),
        "linked": ("link", _("与 %(ref)s 关联") % {"ref": facts.get("ref", "")}),
        "unlinked": ("link", _("与 %(ref)s 取消关联") % {"ref": facts.get("ref", "")}),
        "parent": ("link", _("上级个案：%(ref)s") % {"ref": facts.get("ref") or "–"}),
        "form": ("edit", _("填了表单")),
        "letter_resent": ("send", _("重发了邮件答复")),
    }
    icon, title = simple.get(what, ("info", what))
    doubtful = what == "letter_resent" and facts.get("before") == "unknown"
    return icon, "", title, _("上一次结果不明，客户可能收到两封。") if doubtful else ""


def _alarm_words(facts: dict[str, Any], names: dict[int, Member]) -> tuple[str, str, str, str]:
    """A clock that told colleagues by mail, or could not."""
    clock = Clock.Kind(facts["clock"]).label

    def people(key: str) -> str:
        return "、".join(names[pk].title for pk in facts.get(key, ()) if pk in names)

    if facts["what"] == "clock_mail_again":
        return "refresh", "", _("重发“%(clock)s”的提醒邮件给%(people)s") % {"clock": clock, "people": people("members")}, ""  # fmt: skip
    if facts["what"] == "clock_mail_failed":
        why = {"unknown": _("发送时中断了，不知道收到没有"), "no_address": _("没有登记邮箱")}.get(
            facts.get("state", ""), _("对方邮件服务器不收")
        )
        title = _("“%(clock)s”的提醒邮件没有发到%(people)s") % {"clock": clock, "people": people("members")}
        return "alert", "late", title, _("%(why)s；已改用站内通知。") % {"why": why}
    body = (
        _("%(people)s没有登记邮箱，已改用站内通知。") % {"people": people("without")}
        if facts.get("without")
        else ""
    )
    if not facts.get("members"):
        return "bell", "", _("“%(clock)s”的提醒：没有邮箱可发") % {"clock": clock}, body
    return (
        "mail",
        "",
        _("“%(clock)s”的提醒用邮件发给%(people)s") % {"clock": clock, "people": people("members")},
        body,
    )


def _kind_changed(facts: dict[str, Any]) -> tuple[str, str]:
    """Title and text of a change of kind, with what was answered before."""
    named = {kind.code: kind for kind in catalog.kinds().values()}
    before, after = named[facts["before_kind"]], named[facts["after_kind"]]
    form = catalog.form_of(before.pk, facts["form_version"])
    answered = [
        f"{_title(entry)}：{_answer(entry, facts['answers'][entry['key']])}"
        for entry in form
        if entry["key"] in facts["answers"]
    ]
    return _("从“%(before)s”改为“%(after)s”") % {"before": before.title, "after": after.title}, "；".join(answered)  # fmt: skip


def _classified(facts: dict[str, Any]) -> tuple[str, str, str, str]:
    department = facts.get("department")
    if department:
        return "case", "info", _("转%(team)s办理") % {"team": Centre(department).label}, ""
    return "edit", "", _("改了投诉分类"), ""


def _accepted(facts: dict[str, Any]) -> tuple[str, str, str, str]:
    if facts.get("accepted"):
        return "ok", "ok", _("受理投诉"), str(facts.get("reason", ""))
    return "stop", "late", _("不予受理"), str(facts.get("reason", ""))


def _found(facts: dict[str, Any]) -> tuple[str, str, str, str]:
    cause = Cause.objects.filter(code=facts.get("cause", "")).first()
    liability = Complaint.Liability(facts["liability"]).label
    return (
        "search",
        "info",
        _("核查有了结论"),
        _("原因：%(cause)s；%(liability)s")
        % {"cause": cause.title if cause else "–", "liability": liability},
    )


def _remedy(facts: dict[str, Any]) -> tuple[str, str, str, str]:
    signs = facts.get("signs", [])
    amount = str(facts.get("amount", "0.00"))
    title = _("补救方案：%(remedy)s") % {"remedy": Complaint.Remedy(facts["remedy"]).label}
    if amount != "0.00":
        title += f" {amount}"
    names = "、".join(str(Role(role).label) if role in Role.values else role for role in signs)
    return (
        "yuan",
        "info",
        title,
        _("要%(names)s批") % {"names": names} if signs else _("在本岗位权限内，已批准"),
    )


def _signed(facts: dict[str, Any]) -> tuple[str, str, str, str]:
    role = facts.get("role", "")
    name = {"role": Role(role).label if role in Role.values else role}
    reason = str(facts.get("reason", ""))
    if facts.get("agree"):
        return "ok", "ok", _("%(role)s同意了补救方案") % name, reason
    return "stop", "late", _("%(role)s没有同意补救方案") % name, reason


def _confirmed(facts: dict[str, Any]) -> tuple[str, str, str, str]:
    return (
        "check",
        "ok",
        _("客户确认了结果"),
        f"{Complaint.Confirmation(facts['how']).label} {facts.get('proof', '')}".strip(),
    )


COMPLAINT_WORDS: dict[str, Callable[[dict[str, Any]], tuple[str, str, str, str]]] = {
    "classified": _classified,
    "accepted": _accepted,
    "found": _found,
    "remedy": _remedy,
    "signed": _signed,
    "remedied": lambda facts: ("check", "ok", _("补救已执行"), str(facts.get("reference", ""))),
    "confirmed": _confirmed,
    "letter_answered": lambda facts: (
        "send",
        "ok",
        _("已回函 %(number)s") % {"number": facts.get("number", "")},
        str(facts.get("reason", "")),
    ),
}


def why_here(facts: dict[str, Any]) -> str:
    """Why routing sent a case where it is, in a sentence."""
    labels = {
        "kinds": _("哪一类"), "channels": _("渠道"), "levels": _("客户级别"), "tags": _("标签"), "complaint_kinds": _("投诉类别"),
        "severities": _("严重程度"), "managed": _("有客户经理"), "words": _("提到"),
    }  # fmt: skip
    rule = catalog.route_names().get(facts.get("rule") or 0)
    if rule is None:
        return _("没有规则命中，按类别的默认部门。")
    held = "、".join(
        labels.get(key, key) if key == "managed" else f"{labels.get(key, key)} {_value(key, value)}"
        for key, value in facts.get("why", [])
    )
    # What the rule was called when the case was taken; in the reader's language as long as it is still called so.
    then = str(facts.get("rule_name") or rule.name)
    return _("规则“%(rule)s”：%(held)s。") % {"rule": rule.title if rule.name == then else then, "held": held}


def _value(key: str, value: str) -> str:
    if key == "kinds":
        found = next((k for k in catalog.kinds().values() if k.code == value), None)
        return found.title if found else value
    if key == "channels" and value in CaseChannel.values:
        return str(CaseChannel(value).label)
    return f"“{value}”" if key == "words" else value


def nearest_clocks(case_ids: list[int]) -> dict[int, Clock]:
    """By case the clock that runs out first, or did, of those that make a case late. Not its policy and its past."""
    rows = (
        Clock.objects.filter(
            case_id__in=case_ids, kind__in=SHOWN, stopped_at=None, state__in=[ClockState.RUNNING, ClockState.BREACHED]
        )
        .order_by("case_id", "due_at", "id")
        .distinct("case_id")
        .only("case_id", "kind", "state", "policy_id", "started_at", "due_at", "stopped_at")
    )  # fmt: skip
    return {clock.case_id: clock for clock in mark_provisional(list(rows))}


def mark_provisional(clocks: list[Clock]) -> list[Clock]:
    """Say of each open clock whether its deadline is provisional. Costs a statement only when one lies past the earliest horizon.

    The day that a letter of the regulator names is no matter of calendars.
    """
    calendars = business_time.calendars()
    edges = [calendar.provisional_from for calendar in calendars.values() if calendar.provisional_from]
    if not edges:
        return clocks
    far = [
        clock for clock in clocks
        if clock.stopped_at is None and clock.kind != ClockKind.LETTER and business_time.shanghai(clock.due_at).date() >= min(edges)
    ]  # fmt: skip
    if far:
        kept = AppliedPolicy.objects.filter(pk__in={clock.policy_id for clock in far})
        codes = dict(kept.values_list("pk", "value__calendar"))
        for clock in far:
            clock.provisional = calendars[codes[clock.policy_id]].provisional(clock.due_at)
    return clocks


def case_page(member: Member, case: Case) -> dict[str, Any]:
    """The parts of the page of a case that the member may see (checked by ``get_visible``)."""
    now = timezone.now()
    clocks = mark_provisional(
        list(
            Clock.objects.filter(case=case, kind__in=SHOWN)
            .exclude(state=ClockState.CANCELLED)
            .order_by("due_at")
        )
    )
    waiting = Pause.objects.filter(case=case, ended_at=None).first()
    private = private_of(case)
    links = list(Link.objects.filter(case=case).select_related("other__kind")) + list(
        Link.objects.filter(other=case).select_related("case__kind")
    )
    return {
        "now": now,
        "clocks": clocks,
        "waiting": waiting,
        "lines": lines(case),
        "form": form_answers(case, private),
        "contact": {
            key: mask_name(value) if key == "name" else value
            for key, value in private.get("contact", {}).items()
        },
        "watching": Watch.objects.filter(case=case, member=member).exists(),
        "watchers": [w.member for w in Watch.objects.filter(case=case).select_related("member")],
        "named": [n.member for n in Named.objects.filter(case=case).select_related("member")],
        "tags": list(case.case_tags.select_related("tag").order_by("tag__name")),
        "links": [(link, link.other if link.case_id == case.pk else link.case) for link in links],
        "children": list(case.children.select_related("kind").order_by("pk")),
        "merged": list(Case.objects.filter(merged_into=case).order_by("pk")),
        "survivor": survivor_of(case) if case.merged_into_id else None,
    }


def form_answers(case: Case, private: dict[str, Any]) -> list[dict[str, Any]]:
    """The form with which the case was taken and its answers, personal ones masked."""
    found = []
    answers = {
        **case.answers,
        **{key: "****" + str(value)[-2:] for key, value in private.get("answers", {}).items()},
    }
    for entry in catalog.form_of(case.kind_id, case.form_version):
        value = answers.get(entry["key"])
        value = _answer(entry, value)
        found.append(
            {
                "key": entry["key"],
                "label": _title(entry),
                "value": value,
                "required": entry.get("required"),
                "inside": entry.get("inside"),
                "words": entry["type"] in ("text", "long"),
            }
        )
    return found


def _answer(entry: dict[str, Any], value: Any) -> Any:
    """A stored answer as people read it; a personal one comes masked and stays so."""
    if entry["type"] == "choice":
        return next((_title(choice) for choice in entry["choices"] if choice["key"] == value), value)
    if entry["type"] == "yes_no" and value is not None and not entry.get("personal"):
        return _("是") if value else _("否")
    if entry["type"] == "time" and value:
        return str(value).replace("T", " ")[:16]
    if entry["type"] == "amount" and value and not entry.get("personal"):
        return f"{Decimal(str(value)):,.2f}"
    if entry["type"] == "member" and value and not entry.get("personal"):
        member = Member.objects.filter(pk=int(value)).first()
        return member.title if member else value
    return value


def _title(entry: dict[str, Any]) -> str:
    from django.utils.translation import get_language

    return str(entry["name_en"] if (get_language() or "").startswith("en") else entry["name"])
