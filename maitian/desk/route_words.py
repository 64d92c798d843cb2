"""Rules of routing in words: what is wrong with one, what it asks for, where it sends, what a version changes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import override

from maitian.desk import catalog
from maitian.desk.kind_words import english, title
from maitian.desk.models import CaseChannel, ComplaintKind, Priority, Severity
from maitian.desk.queries import colleagues
from maitian.desk.rules.kinds import Change, Fault
from maitian.offerings.queries import levels
from maitian.staff.models import Centre

CONDITION_NAMES = {
    "kinds": lazy("哪一类"), "channels": lazy("渠道"), "levels": lazy("客户的级别"), "tags": lazy("标签"), "complaint_kinds": lazy("投诉类别"),
    "severities": lazy("严重程度"), "managed": lazy("客户经理"), "words": lazy("写到的词"),
}  # fmt: skip
# What stands at a fault: the sentence in Chinese, in English. {label}: the rule's name, or its number.
FAULTS = {
    "missing": ("{label}的{what}还没填", "{what_en} of {label_en} is missing"),
    "long": ("“{label}”太长：{given} 个字，最多 {most} 个", "“{label_en}” is too long: {given} characters, at most {most}"),
    "name_twice": ("有两条规则都叫“{label}”", "two rules are called “{label_en}”"),
    "too_many": ("最多 {most} 条规则", "at most {most} rules are possible"),
    "key": ("{label}的标识“{key}”重复", "the key “{key}” of {label_en} is taken"),
    "team": ("{label}要选一个部门", "choose a centre for {label_en}"),
    "team_empty": ("{label}分到{team_zh}，那里没有在岗、能办个案的人；请换一个部门，或先安排人", "{label_en} sends to {team_en}, where nobody works on cases; choose another centre, or put somebody there first"),
    "owner": ("{label}指定的同事不在岗或办不了个案；请换一位，或留给部门", "the colleague of {label_en} is not at work or does not work on cases; choose another one, or leave it to the centre"),
    "colleague": ("{label}：{why}", "{label_en}: {why_en}"),
    "condition": ("{label}的条件“{name}”不认得", "the condition “{name}” of {label_en} is unknown"),
    "kind_unknown": ("{label}里没有“{kind}”这一类个案", "{label_en} names a kind of case that does not exist: “{kind}”"),
    "kind_retired": ("{label}用到的类别“{kind}”已停用；请去掉它，或先恢复这一类", "{label_en} names the kind “{kind_en}”, which is retired; take it out, or bring the kind back first"),
    "value": ("{label}的条件里没有“{value}”这个选项", "“{value}” is no option of a condition of {label_en}"),
    "words": ("{label}的词最多 {most} 个，每个最多 {long} 个字", "{label_en} takes at most {most} words of at most {long} characters each"),
    "everything": ("{label}没有条件，会收走后面所有的个案；请至少选一个条件，其余的按类别的默认部门走", "{label_en} has no condition and would take every case; choose one at least, the rest goes to the centre of its kind"),
    "never": ("{label}永远不会中：投诉类别和严重程度只有投诉才有，选的类别里没有投诉", "{label_en} can never hold: only complaints have a kind of complaint and a severity, and none of its kinds is a complaint"),
    "contradicts": ("{label}和第 {n} 条“{other}”条件一样，分到的地方不同，只能留一条", "{label_en} has the conditions of rule {n}, “{other_en}”, but sends elsewhere; only one of them can hold"),
    "same": ("{label}和第 {n} 条“{other}”一样，去掉一条", "{label_en} is the same as rule {n}, “{other_en}”; take one of them out"),
    "covered": ("{label}永远轮不到：第 {n} 条“{other}”先收走了它的全部个案；请把它移到前面，或改条件", "{label_en} never has its turn: rule {n}, “{other_en}”, takes all its cases first; move it up, or change the conditions"),
}  # fmt: skip
MISSING = {"name": ("中文名称", "the Chinese name"), "name_en": ("英文名称", "the English name")}


def told(fault: Fault) -> tuple[str, str]:
    """A fault in Chinese and in English."""
    zh, en = FAULTS[fault.what]
    what, what_en = MISSING.get(fault.place.rsplit(".", 1)[-1], ("", ""))
    number = int(fault.place.split(".")[1]) + 1 if fault.place.startswith("rules.") else 0
    quoted = fault.what not in ("long", "name_twice")
    label = (f"“{fault.label}”" if quoted else fault.label) if fault.label else f"第 {number} 条"
    label_en = (f"“{fault.label_en}”" if quoted else fault.label_en) if fault.label_en else f"rule {number}"
    facts = {"what": what, "what_en": what_en, **fault.facts}
    if "team" in facts:
        for language, name in (("zh-hans", "team_zh"), ("en", "team_en")):
            with override(language):
                facts[name] = str(Centre(facts["team"]).label)
    return zh.format(label=label, **facts), en.format(label_en=label_en, **facts)


def level_names() -> dict[int, str]:
    """What a client's level is called, by rank; 0: a client without one."""
    return {0: _("没有级别")} | {level.rank: str(level) for level in levels(active_only=False)}


def condition_parts(conditions: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What a rule asks for: the name of each condition, and what it is to be, value by value."""
    kinds = {kind.code: kind for kind in catalog.kinds().values()}
    ranks = level_names() if "levels" in conditions else {}
    found = []
    for name, label in CONDITION_NAMES.items():
        wanted = conditions.get(name)
        if wanted is None:
            continue
        if name == "managed":
            values: list[dict[str, Any]] = [{"text": _("有") if wanted else _("没有")}]
        elif name == "kinds":
            values = [{"text": kinds[c].title if c in kinds else c, "retired": c not in kinds or not kinds[c].active} for c in wanted]  # fmt: skip
        else:
            choices: Any = {"channels": CaseChannel, "complaint_kinds": ComplaintKind, "severities": Severity}.get(name)  # fmt: skip
            values = [
                {"text": ranks.get(v, str(v)) if name == "levels" else str(choices(v).label) if choices and v in choices.values else str(v)}
                for v in wanted
            ]  # fmt: skip
        found.append({"name": name, "label": label, "values": values})
    return found


def target_words(rule: Mapping[str, Any]) -> str:
    """Where a rule sends a case."""
    team = str(Centre(rule["team"]).label) if rule["team"] in Centre.values else "–"
    if rule["owner"] == "manager":
        return _("%(team)s，给客户经理") % {"team": team}
    if rule["owner"]:
        return _("%(team)s，给%(name)s") % {
            "team": team,
            "name": str(colleagues.in_words(rule["owner"])).partition(" · ")[0],
        }
    return team


def priority_words(rule: Mapping[str, Any]) -> str:
    return str(Priority(rule["priority"]).label) if rule["priority"] is not None else _("按类别")


def rule_lines(rule: Mapping[str, Any]) -> list[str]:
    """A rule, line by line."""
    return [
        f"{rule['name']} / {rule['name_en']}",
        *(f"{part['label']}{_('：')}{'、'.join(v['text'] for v in part['values'])}" for part in condition_parts(rule["conditions"])),
        _("→ %(target)s，优先级：%(priority)s") % {"target": target_words(rule), "priority": priority_words(rule)},
    ]  # fmt: skip


def changes(found: list[Change]) -> list[dict[str, Any]]:
    """Differences as the pages show them: label, what it was, what it is to be."""
    shown = []
    for change in found:
        if change.what == "moved":
            sides = [[f"{n}. {title(rule)}" for n, rule in enumerate(side, 1)] for side in (change.before, change.after)]  # fmt: skip
            shown.append({"label": _("规则的先后"), "before": sides[0], "after": sides[1]})
            continue
        label = {"added": _("新加一条"), "removed": _("去掉一条"), "changed": _("改一条")}[change.what]
        shown.append(
            {
                "label": f"{label}{_('：')}{title(change.after or change.before)}",
                "before": rule_lines(change.before) if change.before else [],
                "after": rule_lines(change.after) if change.after else [],
            }
        )
    return shown


def rows(definition: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The rules of a list for a page, each with its number."""
    return [
        {
            "n": n, "rule": rule, "title": rule["name_en" if english() else "name"], "parts": condition_parts(rule["conditions"]),
            "target": target_words(rule), "priority": priority_words(rule),
        }
        for n, rule in enumerate(definition["rules"], 1)
    ]  # fmt: skip
