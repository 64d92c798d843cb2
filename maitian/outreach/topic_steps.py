"""Making or changing a topic step by step: what each step sets, and what is wrong with it.

A draft (``staff.drafts``, kind ``topic``) holds ``{"definition": {…}, "everybody_meant": bool, "seen": [steps],
"base": version that it began from}``. A step is judged by ``actions.check_definition`` with everything that comes
later put aside, so that a half-made topic is told only what the step itself gets wrong.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from maitian.core.errors import AlreadyDone, DomainError
from maitian.offerings import queries as offerings
from maitian.outreach import actions, describing, forms, texts
from maitian.outreach.actions.topics import AUDIENCES_OF, FIELDS
from maitian.outreach.audiences import AUDIENCES
from maitian.outreach.models import LegalBasis, Topic, TopicVersion, Trigger
from maitian.outreach.rules import CHANNELS
from maitian.outreach.words import CHANNEL_NAMES
from maitian.staff import drafts
from maitian.staff.access import PERMISSIONS
from maitian.staff.models import Draft, Member
from maitian.staff.notifications import notify

KIND = "topic"
RESERVED = frozenset({"new", "drafts", "versions"})  # words of the pages' addresses
Definition = dict[str, Any]


@dataclass(frozen=True)
class Step:
    """One page of the form. ``sets``: the parts of the definition; ``faults``: the fields of refusals that are its own."""

    key: str
    title: Any
    sets: frozenset[str]
    faults: frozenset[str]
    form: type[forms.StepForm] | None = None


def _step(key: str, title: Any, sets: str, faults: str, form: type[forms.StepForm] | None = None) -> Step:
    return Step(key, title, frozenset(sets.split()), frozenset(faults.split()), form)


STEPS = (
    _step("name", _("名称"), "name name_en", "name name_en", forms.NameForm),
    _step("trigger", _("事由"), "trigger ledger_kinds", "trigger ledger_kinds", forms.TriggerForm),
    _step("class", _("类别"), "message_class legal_basis critical", "legal_basis", forms.ClassForm),
    _step("who", _("发给谁"), "audience conditions", "audience conditions"),
    _step("gates", _("关口"), "by_level suitability advice", "", forms.GatesForm),
    _step("texts", _("文字"), "templates channel_mask", "templates"),
    _step("when", _("时间"), "timing repeat_days expires_minutes", "timing", forms.WhenForm),
    _step("budget", _("预算"), "budget_month budget_year automatic active", "", forms.BudgetForm),
    _step("check", _("核对"), "", ""),
)
BY_KEY = {step.key: step for step in STEPS}
# What a new topic begins with; the safe choice everywhere.
BLANK: Definition = {
    "name": "", "name_en": "", "trigger": "", "ledger_kinds": [], "message_class": 0, "legal_basis": "consent", "critical": False,
    "audience": "", "conditions": {}, "by_level": False, "suitability": False, "advice": False,
    "templates": {}, "channel_mask": 1, "timing": {"when": "at_once"}, "repeat_days": None, "expires_minutes": None,
    "budget_month": None, "budget_year": None, "automatic": False, "active": True,
}  # fmt: skip
SOMEBODY = {"is": "state", "any_of": ["active"]}  # stands for conditions that are still to be made


@dataclass
class Begun:
    """A draft as the pages need it."""

    draft: Draft
    definition: Definition
    everybody_meant: bool
    seen: list[str]
    base: int
    _faults: dict[str, DomainError | None] = field(default_factory=dict)

    @classmethod
    def of(cls, draft: Draft) -> Begun:
        values = draft.values
        return cls(
            draft, {**BLANK, **values.get("definition", {})}, bool(values.get("everybody_meant")),
            list(values.get("seen", [])), int(values.get("base", 0)),
        )  # fmt: skip

    @property
    def topic(self) -> Topic:
        """The definition as an unsaved topic."""
        return describing.draft_of(self.definition | {"code": self.draft.key})

    def fault(self, key: str) -> DomainError | None:
        """What is wrong with a step, with everything later put aside; ``None`` when nothing is."""
        if key not in self._faults:
            self._faults[key] = self._judge(key)
        return self._faults[key]

    def _judge(self, key: str) -> DomainError | None:
        step = BY_KEY[key]
        before = STEPS[: STEPS.index(step)]
        sound = [item for item in before if item.sets and self.fault(item.key) is None]
        taken = set().union(*(item.sets for item in sound), step.sets)
        given = {name: self.definition[name] for name in taken}
        try:
            actions.check_definition(
                neutral(given) | given, everybody_meant=self.everybody_meant or key != "who"
            )
        except DomainError as refused:
            _name_channel(refused)
            return refused if not step.faults or refused.field in step.faults else None
        return None

    def faults(self) -> list[tuple[Step, DomainError]]:
        """Every step that is not right yet."""
        return [(step, error) for step in STEPS if (error := self.fault(step.key)) is not None]

    def states(self, current: str) -> list[tuple[Step, str]]:
        """The steps with ``current``, ``done``, ``fault`` or nothing, for the row of steps."""
        found = []
        for step in STEPS:
            if step.key == current:
                state = "current"
            elif step.key in self.seen:
                state = "fault" if self.fault(step.key) else "done"
            else:
                state = ""
            found.append((step, state))
        return found


def neutral(given: Mapping[str, Any]) -> Definition:
    """A definition with which nothing is wrong, and which goes with the parts that are given."""
    trigger = given.get("trigger") or Trigger.MANUAL
    audience = next((code for code in AUDIENCES_OF.get(trigger, ()) if code in AUDIENCES), "everybody")
    risk = "{risk_sentence}" if given.get("advice") else ""
    daily = trigger == Trigger.DAILY
    return BLANK | {
        "name": "–", "name_en": "–", "trigger": trigger, "audience": audience, "conditions": SOMEBODY, "templates": {"inbox": "{title}" + risk},
        "legal_basis": LegalBasis.CONTRACT if given.get("critical") and not given.get("message_class") else LegalBasis.CONSENT,
        "timing": {"when": "at", "at": "09:00", "days": "every"} if daily else {"when": "at_once"}, "repeat_days": 1 if daily else None,
    }  # fmt: skip


def _name_channel(refused: DomainError) -> None:
    """The channel's word instead of its name, where a refusal says one."""
    if refused.facts.get("channel") in CHANNELS:
        refused.facts["channel"] = CHANNEL_NAMES[CHANNELS.index(refused.facts["channel"])]


def next_of(key: str) -> Step:
    """The step after this one."""
    place = STEPS.index(BY_KEY[key])
    return STEPS[min(place + 1, len(STEPS) - 1)]


def begin_new(member: Member, changes: Mapping[str, Any]) -> Draft:
    """A draft of a new topic, from its first step."""
    return drafts.begin(
        member, KIND, title=str(changes.get("name", "")),
        values={"definition": BLANK | dict(changes), "everybody_meant": False, "seen": ["name"], "base": 0},
    )  # fmt: skip


def begin_change(member: Member, topic: Topic) -> Draft:
    """A draft that changes a topic, or the one that the member has begun already."""
    definition = actions.definition_of(topic)
    if not topic.version:  # never in force: go on from the latest proposal
        latest = topic.versions.order_by("-number").first()
        definition = latest.definition if latest else definition
    return drafts.begin(
        member, KIND, key=topic.code, title=topic.name,
        values={
            "definition": definition, "base": topic.version, "seen": [step.key for step in STEPS],
            "everybody_meant": bool(topic.version) and not topic.conditions,
        },
    )  # fmt: skip


def keep(begun: Begun, key: str, changes: Mapping[str, Any], everybody_meant: bool | None = None) -> Begun:
    """Keep what a step set, right or wrong; what it makes impossible elsewhere falls back."""
    definition = begun.definition | dict(changes)
    fitting = AUDIENCES_OF.get(definition["trigger"], ()) if definition["trigger"] in Trigger.values else ()
    if definition["audience"] not in fitting:
        definition["audience"] = next((code for code in fitting if code in AUDIENCES), "")
    seen = begun.seen if key in begun.seen else [*begun.seen, key]
    meant = begun.everybody_meant if everybody_meant is None else everybody_meant
    drafts.save(
        begun.draft, title=str(definition.get("name") or begun.draft.title),
        values={"definition": definition, "everybody_meant": meant, "seen": seen, "base": begun.base},
    )  # fmt: skip
    return Begun.of(begun.draft)


def text_faults(topic: Topic) -> dict[str, str]:
    """Channel → what is wrong with its text by itself: braces, unknown variables, an empty one in use."""
    known = texts.known_names(topic)
    found = {}
    for number, name in enumerate((*CHANNELS, "subject")):
        template = topic.templates.get(name, "")
        try:
            actions.check_template(template, known)
            if name != "subject" and topic.channel_mask & (1 << number):
                probe = {"templates": {name: template}, "channel_mask": 1 << number}
                given = {
                    "trigger": topic.trigger, "audience": topic.audience, "conditions": topic.conditions or SOMEBODY,
                    "message_class": topic.message_class, "advice": topic.advice, "ledger_kinds": topic.ledger_kinds,
                }  # fmt: skip
                actions.check_definition(neutral(given) | given | probe, everybody_meant=True)
        except DomainError as refused:
            if refused.field == "templates":
                _name_channel(refused)
                found[name] = refused.sentence()
    return found


def levels_with(code: str) -> list[str]:
    """Titles of the levels that contain a topic: nobody gets a topic by level that is in none."""
    if not code:
        return []
    return [
        level.title
        for level in offerings.levels()
        if any(c.what == "topic" and c.key == code for c in level.everything)
    ]  # type: ignore[attr-defined]


def free_code(name_en: str) -> str:
    """A code for a new topic from its English name: ``Birthday wishes`` → ``birthday_wishes``."""
    base = re.sub(r"[^a-z0-9_]", "", slugify(name_en).replace("-", "_"))[:32].strip("_") or "topic"
    base = base if base[0].isalpha() else f"topic_{base}"
    taken = set(Topic.objects.values_list("code", flat=True)) | RESERVED
    return next(code for n in range(1, 10_000) if (code := base if n == 1 else f"{base}_{n}") not in taken)


@transaction.atomic
def propose(begun: Begun, *, reason: str, actor: str) -> TopicVersion:
    """Hand the draft to the checker: it becomes a version, and the draft is done with. Once, however often it is pressed."""
    if not Draft.objects.select_for_update().filter(pk=begun.draft.pk).exists():
        raise AlreadyDone(state=_("已提交"))
    code = begun.draft.key or free_code(begun.definition["name_en"])
    made = actions.propose_topic(
        code, {name: begun.definition[name] for name in FIELDS}, actor=actor, reason=reason, everybody_meant=begun.everybody_meant
    )  # fmt: skip
    drafts.drop(begun.draft)
    tell_checkers(made, actor)
    return made


def tell_checkers(version: TopicVersion, actor: str) -> None:
    """Ring the bell of those who may approve it."""
    roles = [role for role, permissions in PERMISSIONS.items() if "topics.approve" in permissions]
    checkers = Member.objects.filter(role__in=roles, active=True).values_list("pk", flat=True)
    notify(
        (pk for pk in checkers if actor != f"member:{pk}"), "outreach.topic_proposed",
        facts={"name": version.definition["name"], "name_en": version.definition["name_en"], "version": version.number},
        url=reverse("outreach:version", args=[version.pk]),
    )  # fmt: skip
