"""Definitions of kinds in words: what is wrong with one, and what a version changes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from maitian.desk import catalog
from maitian.desk.models import Priority
from maitian.desk.rules.kinds import DEFAULT_POLICY, Change, Fault
from maitian.staff.models import Centre

TYPE_NAMES = {
    "text": lazy("一行文字"), "long": lazy("长文字"), "choice": lazy("选项"), "number": lazy("数字（整数）"), "amount": lazy("金额"),
    "date": lazy("日期"), "time": lazy("日期和时间"), "security": lazy("六位证券代码"), "yes_no": lazy("是或否"), "phone": lazy("电话号码"),
    "member": lazy("同事"),
}  # fmt: skip
# What stands at a fault: the sentence in Chinese, in English. {label}: the field's name, or what stands for it.
FAULTS = {
    "missing": ("{what}还没填", "{what_en} is missing"),
    "long": ("“{label}”太长：{given} 个字，最多 {most} 个", "“{label_en}” is too long: {given} characters, at most {most}"),
    "name_known": ("已有一类叫“{label}”（停用的、待复核的也算）", "there is a kind “{label_en}” already (retired and waiting ones count)"),
    "icon": ("要选一个图标", "choose a symbol"),
    "team": ("要选一个部门", "choose a centre"),
    "policy": ("要选一套时钟", "choose the clocks"),
    "portal_needed": ("投诉一定要让客户自己能提", "clients must be able to complain by themselves"),
    "too_many": ("最多 {most} 项", "at most {most} fields are possible"),
    "label_twice": ("有两项都叫“{label}”", "two fields are called “{label_en}”"),
    "key": ("“{label}”的标识“{key}”不对或重复", "the key “{key}” of “{label_en}” is wrong or taken"),
    "type": ("“{label}”要选一种类型", "choose a type for “{label_en}”"),
    "type_changed": ("“{label}”已有答案，类型不能改；请删掉它，另加一项", "“{label_en}” has answers and keeps its type; remove it and add another field"),
    "choices": ("“{label}”要有 {least} 到 {most} 个选项", "“{label_en}” needs {least} to {most} choices"),
    "choice_missing": ("“{label}”的第 {n} 个选项要有中英文名称", "choice {n} of “{label_en}” needs a name in both languages"),
    "choice_twice": ("“{label}”有两个选项都叫“{choice}”", "“{label_en}” has two choices “{choice}”"),
    "fixed": ("“{label}”是这一类必有的，不能删", "“{label_en}” belongs to this kind and cannot be removed"),
    "fixed_inside": ("“{label}”客户要能填，不能只给员工", "“{label_en}” is for clients to fill in, not for members only"),
    "in_use": ("“{label}”是必填项，还有 {n} 件没办完的个案在用，不能直接删；先改成可不填", "“{label_en}” is required and {n} open cases use it; make it optional first"),
}  # fmt: skip
MISSING = {"name": ("中文名称", "the Chinese name"), "name_en": ("英文名称", "the English name")}


def told(fault: Fault) -> tuple[str, str]:
    """A fault in Chinese and in English."""
    zh, en = FAULTS[fault.what]
    what, what_en = MISSING.get(fault.place.rsplit(".", 1)[-1], ("", ""))
    if fault.place.startswith("fields."):
        number = int(fault.place.split(".")[1]) + 1
        what, what_en = f"第 {number} 项的{what}", f"{what_en} of field {number}"
    facts = {"what": what, "what_en": what_en, "label": fault.label or "…", "label_en": fault.label_en or fault.label or "…", **fault.facts}  # fmt: skip
    return zh.format(**facts), en.format(**facts)


def english() -> bool:
    return (get_language() or "").startswith("en")


def title(entry: Mapping[str, Any]) -> str:
    """The name of a field or choice in the active language."""
    return str(entry["name_en" if english() else "name"])


def field_lines(entry: Mapping[str, Any]) -> list[str]:
    """What a field is, line by line."""
    marks = [str(TYPE_NAMES.get(entry["type"], entry["type"]))]
    marks.append(_("必填") if entry.get("required") else _("可不填"))
    if entry.get("personal"):
        marks.append(_("加密保存"))
    if entry.get("inside"):
        marks.append(_("只给员工填"))
    lines = [f"{entry['name']} / {entry['name_en']}", " · ".join(marks)]
    if entry.get("choices"):
        lines.append(_("选项：%(list)s") % {"list": "、".join(title(choice) for choice in entry["choices"])})
    for name in ("help", "help_en"):
        if entry.get(name):
            lines.append(str(entry[name]))
    return lines


PART_NAMES = {
    "name": lazy("中文名称"), "name_en": lazy("英文名称"), "hint": lazy("说明"), "hint_en": lazy("英文说明"), "icon": lazy("图标"), "team": lazy("默认部门"),
    "priority": lazy("优先级"), "portal": lazy("客户自己能选"), "policy": lazy("时钟"), "own_clocks": lazy("自己的时钟规则"),
}  # fmt: skip


def part_value(name: str, value: Any) -> str:
    if name == "team":
        return str(Centre(value).label) if value in Centre.values else ""
    if name == "priority":
        return str(Priority(value).label) if value in Priority.values else ""
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if name == "policy":
        return policy_name(str(value or ""))
    return str(value or "")


def policy_name(policy: str, code: str = "") -> str:
    """What a set of clocks is called: the kind that it is named after, or the default. ``code``: of the kind that asks."""
    if policy == DEFAULT_POLICY:
        return _("默认时钟")
    if policy == code:
        return _("自己的时钟")
    found = next((k for k in catalog.kinds().values() if k.code == policy), None)
    return _("和“%(kind)s”一样") % {"kind": found.title} if found else policy


def changes(found: list[Change]) -> list[dict[str, Any]]:
    """Differences as the pages show them: label, what it was, what it is to be."""
    shown = []
    for change in found:
        if change.what == "part":
            before = part_value(change.name, change.before) if change.before is not None else ""
            shown.append(
                {
                    "label": PART_NAMES[change.name],
                    "symbol": change.name == "icon",
                    "before": [before] if before else [],
                    "after": [part_value(change.name, change.after)],
                }
            )
        elif change.what == "moved":
            names = [["、".join(title(entry) for entry in side)] for side in (change.before, change.after)]
            shown.append({"label": _("各项的顺序"), "before": names[0], "after": names[1]})
        else:
            label = {"added": _("新加一项"), "removed": _("删一项"), "changed": _("改一项")}[change.what]
            shown.append(
                {
                    "label": f"{label}{_('：')}{title(change.after or change.before)}",
                    "before": field_lines(change.before) if change.before else [],
                    "after": field_lines(change.after) if change.after else [],
                }
            )
    return shown
