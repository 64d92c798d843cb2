"""Every write about clients."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.utils import timezone, translation

from maitian.clients import conditions, rules
from maitian.clients.errors import (
    AddressTooLong,
    AgreementInForce,
    AgreementWrong,
    AnswerMissing,
    AnswerUnknown,
    BirthdayWrong,
    ClientMerged,
    EmailWrong,
    EvidenceMissing,
    FollowUnknown,
    IdNumberWrong,
    MemberCannotAdvise,
    MemberCannotCover,
    MoveNotAllowed,
    NameMissing,
    NameTooLong,
    NoteEmpty,
    NoteTooLong,
    PermissionOverlaps,
    PermissionPeriodWrong,
    PersonKnown,
    PhoneWrong,
    PreferenceWrong,
    ProofMissing,
    ReasonMissing,
    SegmentNameMissing,
    SegmentNameTaken,
    SegmentNotYours,
    TagEmpty,
    TooManyTests,
)
from maitian.clients.indexing import reindex
from maitian.clients.models import (
    AdviceAgreement,
    Assessment,
    Channel,
    Client,
    ClientTag,
    Consent,
    ContactPoint,
    Coverage,
    Follow,
    InvestorClass,
    LifeCycle,
    MessageClass,
    PermissionKind,
    PersonalData,
    Preference,
    RiskClass,
    Security,
    Segment,
    SegmentVersion,
    Tag,
    TradingPermission,
)
from maitian.core import ledger, rulebook
from maitian.core import time as business_time
from maitian.core.errors import NotFound
from maitian.core.models import LedgerEntry
from maitian.core.privacy import token, tokens
from maitian.core.time import shanghai
from maitian.staff.models import Branch, Member

CLASS_WORDS = {0: ("服务", "service"), 1: ("营销", "commercial"), 2: ("关怀", "care")}
CHANNEL_WORDS = {
    0: ("收件箱消息", "inbox messages"),
    1: ("短信", "SMS"),
    2: ("邮件", "e-mail"),
    3: ("电话", "calls"),
}
# Field → Chinese name, attribute; what a person may be shown in plain, on record.
REVEALED = {"phone": ("手机号", "phone"), "email": ("邮箱", "email"), "id_number": ("证件号码", "id_number"),
            "name": ("姓名", "name"), "home_address": ("住址", "home_address")}  # fmt: skip


LONGEST_NOTE = 500


def words(label: Any, language: str = "zh-hans") -> str:
    """A label in a fixed language: what the ledger keeps must not depend on who writes it."""
    with translation.override(language):
        return str(label)


def bit(message_class: int, channel: int) -> int:
    """The bit of a class and channel in ``Client.consent_bits``."""
    return 1 << (message_class * 4 + channel)


def _locked(client_id: int) -> Client:
    """The client's row, locked. Refused when the record was merged since it was read."""
    client = Client.objects.select_for_update().get(pk=client_id)
    if client.merged_into_id is not None:
        raise ClientMerged()
    return client


@transaction.atomic
def create_client(
    *, branch: Branch, name: str, actor: str, phone: str = "", email: str = "", id_number: str = "",
    birthday: date | None = None, gender: str = "", manager: Member | None = None,
    state: str = LifeCycle.LEAD, accounts: Sequence[str] = (),
) -> Client:  # fmt: skip
    """Open a record. Without a manager it stands in the list of gaps at once (G10)."""
    name, id_number = name.strip(), id_number.strip().upper()
    if not name:
        raise NameMissing()
    if len(name) > rules.LONGEST_NAME:
        raise NameTooLong(longest=rules.LONGEST_NAME)
    check_contact("phone", phone)
    check_contact("email", email)
    if id_number and not rules.is_id_number(id_number):
        raise IdNumberWrong()
    if id_number and PersonalData.objects.filter(id_number_token=token(id_number)).exists():
        raise PersonKnown()
    birthday_within, gender_within = rules.born(id_number)
    birthday, gender = birthday or birthday_within, gender or gender_within
    client = Client.objects.create(
        branch=branch, outlet=manager.outlet if manager else None, state=state,
        address_bits=1 | (2 | 8 if phone else 0) | (4 if email else 0),
    )  # fmt: skip
    PersonalData.objects.create(
        client=client, name=name, id_number=id_number, gender=gender, birthday=birthday,
        initials=rules.initials(name), id_number_token=token(id_number) if id_number else None,
        id_form=rules.id_form(id_number), name_token=token(name),
        search_tokens=tokens(rules.search_words(name, accounts, phone, email, id_number)),
    )  # fmt: skip
    for kind, value in (("phone", phone), ("email", email)):
        if value:
            ContactPoint.objects.create(client=client, kind=kind, value=value, value_token=token(value))
    ledger.record(
        "client.created", actor=actor, client_id=client.pk, object_kind="client", object_id=client.pk
    )
    if manager is not None:
        assign([client.pk], manager, actor=actor)
        client.refresh_from_db()
    return client


def check_contact(kind: str, value: str) -> None:
    """Refuse a phone number or an address that cannot be one; empty is no number."""
    if value and kind == "phone" and not rules.is_phone(value):
        raise PhoneWrong()
    if value and kind == "email" and not rules.is_email(value):
        raise EmailWrong()


CONTACT_FIELDS = {
    "phone": ("手机号", "phone"), "email": ("邮箱", "e-mail"), "home_address": ("住址", "address"),
    "birthday": ("生日", "birthday"), "gender": ("性别", "gender"),
}  # fmt: skip


def _address_bits(points: Iterable[ContactPoint]) -> int:
    """Channels that have an address: the inbox always; SMS and e-mail unless it came back; a call with any number."""
    bits = 1
    for point in points:
        if point.kind == "phone":
            bits |= 8 | (0 if point.bounced_at else 2)
        elif point.bounced_at is None:
            bits |= 4
    return bits


@transaction.atomic
def use_address_again(client_id: int, kind: str, *, evidence: str, actor: str) -> bool:
    """A number or mailbox that came back is used again, because a person has asked; ``False`` when it never did."""
    if kind not in ("phone", "email"):
        raise NotFound("contact")
    if not evidence.strip():
        raise ProofMissing("evidence")
    client = _locked(client_id)
    points = list(ContactPoint.objects.select_for_update().filter(client=client, primary=True))
    point = next((p for p in points if p.kind == kind and p.bounced_at is not None), None)
    if point is None:
        return False
    point.bounced_at = None
    point.save(update_fields=["bounced_at"])
    client.address_bits = _address_bits(points)
    client.save(update_fields=["address_bits"])
    ledger.record(
        "address.used_again", actor=actor, client_id=client_id, object_kind="contact_point", object_id=kind,
        facts={
            "what": "手机号" if kind == "phone" else "邮箱", "what_en": "phone number" if kind == "phone" else "mailbox",
            "evidence": evidence.strip()[:300],
        },
    )  # fmt: skip
    return True


@transaction.atomic
def change_contact(
    client_id: int, values: Mapping[str, Any], *, evidence: str, actor: str, again: Sequence[str] = ()
) -> list[str]:
    """Change phone, e-mail, address, birthday or gender on evidence; returns what changed. The ledger holds no values.

    ``values`` has only the fields to change; an empty text takes a number or address away. A new number counts as not
    verified and not bounced. ``again``: kinds that came back once and are used again as they are.
    """
    check_contact("phone", values.get("phone", ""))
    check_contact("email", values.get("email", ""))
    if len(values.get("home_address", "")) > 200:
        raise AddressTooLong()
    if values.get("gender", "") not in ("", "M", "F"):
        raise NotFound("gender")
    born = values.get("birthday")
    if born is not None and not date(1900, 1, 1) <= born <= business_time.today():
        raise BirthdayWrong()
    if not evidence.strip():
        raise ProofMissing("evidence")
    used = [
        kind
        for kind in again
        if kind not in values and use_address_again(client_id, kind, evidence=evidence, actor=actor)
    ]
    client = _locked(client_id)
    person = PersonalData.objects.select_for_update().get(pk=client_id)
    points = {point.kind: point for point in ContactPoint.objects.filter(client=client, primary=True)}
    changed = []
    for kind in ("phone", "email"):
        if kind not in values or values[kind] == (str(points[kind].value) if kind in points else ""):
            continue
        changed.append(kind)
        ContactPoint.objects.filter(client=client, kind=kind, primary=True).delete()
        points.pop(kind, None)
        if values[kind]:
            points[kind] = ContactPoint.objects.create(
                client=client, kind=kind, value=values[kind], value_token=token(values[kind])
            )
    for name in ("home_address", "birthday", "gender"):
        if name in values and values[name] != getattr(person, name):
            setattr(person, name, values[name])
            changed.append(name)
    if not changed:
        return used
    person.save(update_fields=["home_address", "birthday", "gender"])
    reindex(client_id)
    client.address_bits = _address_bits(points.values())
    client.save(update_fields=["address_bits"])
    ledger.record(
        "client.contact_changed", actor=actor, client_id=client_id, object_kind="client", object_id=client_id,
        facts={
            "what": "、".join(CONTACT_FIELDS[name][0] for name in changed),
            "what_en": ", ".join(CONTACT_FIELDS[name][1] for name in changed), "evidence": evidence.strip()[:300],
        },
    )  # fmt: skip
    return changed + used


@transaction.atomic
def set_consent(
    client_id: int, message_class: int, channel: int, granted: bool, *, source: str, proof: str, actor: str
) -> None:
    """Give or withdraw consent: a dated row with its proof, and the bit that the gates read."""
    if granted and not proof.strip():
        raise ProofMissing()
    client = _locked(client_id)
    mask = bit(message_class, channel)
    if bool(client.consent_bits & mask) == granted:
        return
    Consent.objects.create(
        client=client, message_class=MessageClass(message_class), channel=Channel(channel), granted=granted,
        at=timezone.now(), source=source, proof=proof.strip()[:300], actor=actor,
    )  # fmt: skip
    client.consent_bits = client.consent_bits | mask if granted else client.consent_bits & ~mask
    client.save(update_fields=["consent_bits"])
    (class_zh, class_en), (channel_zh, channel_en) = CLASS_WORDS[message_class], CHANNEL_WORDS[channel]
    ledger.record(
        "consent.given" if granted else "consent.withdrawn", actor=actor, client_id=client_id,
        object_kind="consent", object_id=f"{message_class}-{channel}",
        facts={"what": class_zh + channel_zh, "what_en": f"{class_en} {channel_en}", "proof": proof, "source": source},
    )  # fmt: skip


@transaction.atomic
def assign(client_ids: Sequence[int], member: Member, *, actor: str, reason: str = "") -> int:
    """Make ``member`` the clients' manager from now on; returns how many changed hands."""
    if not member.active or member.role != "account_manager":
        raise MemberCannotCover(name=member.title)
    now = timezone.now()
    ids = list(
        Client.objects.select_for_update()
        .filter(pk__in=client_ids, merged_into=None)
        .exclude(manager=member)
        .values_list("pk", flat=True)
    )
    Coverage.objects.filter(client_id__in=ids, kind="manager", until=None).update(until=now)
    Coverage.objects.bulk_create(
        [Coverage(client_id=i, member=member, since=now, reason=reason[:120]) for i in ids]
    )
    # The outlet goes with the manager: a team lead sees the clients of his own outlet.
    Client.objects.filter(pk__in=ids).update(manager=member, outlet=member.outlet_id)
    ledger.record_many(
        {"kind": "coverage.assigned", "actor": actor, "client_id": i, "object_kind": "member", "object_id": member.pk,
         "facts": {"name": member.name, "name_en": member.name_en or member.name, "reason": reason}}
        for i in ids
    )  # fmt: skip
    return len(ids)


@transaction.atomic
def assign_adviser(client_ids: Sequence[int], member: Member, *, actor: str, reason: str = "") -> int:
    """Make ``member`` the clients' investment adviser from now on (G7); returns how many changed hands."""
    if not member.active or member.role != "adviser" or not member.licence_number:
        raise MemberCannotAdvise(name=member.title)
    now = timezone.now()
    wanted = Client.objects.select_for_update().filter(pk__in=client_ids)
    same = set(
        Coverage.objects.filter(
            client_id__in=client_ids, member=member, kind="adviser", until=None
        ).values_list("client_id", flat=True)
    )
    ids = [client.pk for client in wanted if client.pk not in same]
    Coverage.objects.filter(client_id__in=ids, kind="adviser", until=None).update(until=now)
    Coverage.objects.bulk_create(
        [Coverage(client_id=i, member=member, kind="adviser", since=now, reason=reason[:120]) for i in ids]
    )
    ledger.record_many(
        {"kind": "coverage.adviser_assigned", "actor": actor, "client_id": i, "object_kind": "member",
         "object_id": member.pk, "facts": {"name": member.name, "name_en": member.name_en or member.name, "reason": reason}}
        for i in ids
    )  # fmt: skip
    return len(ids)


@transaction.atomic
def move(client_id: int, state: str, *, actor: str) -> None:
    """Move a client in the life cycle, along the table in ``rules``."""
    client = _locked(client_id)
    if state == client.state:
        return
    if state not in rules.MOVES[client.state]:
        raise MoveNotAllowed(before=LifeCycle(client.state).label, after=LifeCycle(state).label)
    before, client.state = client.state, state
    client.save(update_fields=["state"])
    ledger.record(
        "client.moved", actor=actor, client_id=client_id, object_kind="client", object_id=client_id,
        facts={
            "before": words(LifeCycle(before).label), "after": words(LifeCycle(state).label),
            "before_en": words(LifeCycle(before).label, "en"), "after_en": words(LifeCycle(state).label, "en"),
        },
    )  # fmt: skip


@transaction.atomic
def submit_assessment(client_id: int, answers: Mapping[str, str], *, channel: str, actor: str) -> Assessment:
    """Score a questionnaire, keep it whole as evidence, and set the client's class from now on."""
    now = timezone.now()
    values = rulebook.at(now)
    questionnaire = values.suitability.questionnaire
    client = _locked(client_id)
    local = shanghai(now)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    taken = Assessment.objects.filter(client=client, at__gte=midnight).count()
    if taken >= values.suitability.tests_a_day:
        raise TooManyTests(count=taken)
    try:
        found = rules.assess(
            answers, questionnaire, values.suitability.bands, values.suitability.lowest_answers
        )
    except rules.AnswerMissing as error:
        numbers = [str(n) for n, question in enumerate(questionnaire, 1) if question["key"] in error.keys]
        raise AnswerMissing(count=len(numbers), questions="、".join(numbers)) from None
    except rules.AnswerUnknown as error:
        raise AnswerUnknown(answer=str(error)) from None
    known = {question["key"] for question in questionnaire}
    made = Assessment.objects.create(
        client=client, questionnaire_version=values.rule("suitability.questionnaire").pk,
        answers={key: answers[key] for key in known}, score=found.score, risk_class=found.risk_class,
        reasons=list(found.reasons), started_by=actor, channel=channel, at=now,
        valid_until=rules.valid_until(local.date(), values.suitability.validity_years),
    )  # fmt: skip
    client.risk_class, client.risk_valid_until = found.risk_class, made.valid_until
    client.save(update_fields=["risk_class", "risk_valid_until"])
    ledger.record(
        "suitability.assessed", actor=actor, client_id=client_id, object_kind="assessment", object_id=made.pk,
        facts={"score": found.score, "class_name": words(RiskClass(found.risk_class).label),
               "class_name_en": words(RiskClass(found.risk_class).label, "en"), "channel": channel,
               "valid_until": made.valid_until.isoformat(), "version": made.questionnaire_version},
    )  # fmt: skip
    return made


@transaction.atomic
def set_investor_class(client_id: int, investor_class: str, evidence: str, *, actor: str) -> None:
    """Make a client professional on evidence, or ordinary again (Measures on suitability, arts. 8–12)."""
    if not evidence.strip():
        raise EvidenceMissing()
    client = _locked(client_id)
    wanted = InvestorClass(investor_class)
    if client.investor_class == wanted:
        return
    client.investor_class = wanted
    client.save(update_fields=["investor_class"])
    ledger.record(
        "suitability.class_set", actor=actor, client_id=client_id, object_kind="client", object_id=client_id,
        facts={"class_name": words(wanted.label), "class_name_en": words(wanted.label, "en"),
               "evidence": evidence.strip()[:300]},
    )  # fmt: skip


@transaction.atomic
def sign_agreement(
    client_id: int,
    *,
    number: str,
    disclosed_at: datetime,
    signed_at: datetime,
    fee: str,
    evidence: str,
    actor: str,
) -> AdviceAgreement:
    """Keep a signed agreement on advice; from now on advice that suits the client may go out.

    Source: rules on advisers (2010), arts. 14 and 23. The client may cancel within the rulebook's working days.
    """
    client = _locked(client_id)
    standing = AdviceAgreement.objects.filter(client=client, ended_at=None).first()
    if standing is not None:
        raise AgreementInForce(number=standing.number)
    for given, zh, en in (
        (number.strip(), "编号", "its number"), (fee.strip(), "费用约定", "the fee agreed"),
        (evidence.strip(), "签字凭证", "the evidence of signing"),
        (disclosed_at <= signed_at, "先签的风险揭示书", "a risk disclosure signed before it"),
        (signed_at <= timezone.now(), "已经过去的签署时间", "a time of signing that is not in the future"),
        (not AdviceAgreement.objects.filter(number=number.strip()).exists(), "没有用过的编号", "a number not used before"),
    ):  # fmt: skip
        if not given:
            raise AgreementWrong(what=zh, what_en=en)
    days = rulebook.at(signed_at).clients.agreement.cooling_days
    made = AdviceAgreement.objects.create(
        client=client, number=number.strip()[:40], disclosed_at=disclosed_at, signed_at=signed_at, fee=fee.strip()[:120],
        evidence=evidence.strip()[:300], cooling_ends_at=business_time.end_of_work_day(signed_at, days), actor=actor,
    )  # fmt: skip
    client.advised = True
    client.save(update_fields=["advised"])
    ledger.record(
        "agreement.signed", actor=actor, client_id=client_id, object_kind="agreement", object_id=made.pk,
        facts={"number": made.number, "fee": made.fee},
    )  # fmt: skip
    return made


@transaction.atomic
def end_agreement(client_id: int, *, reason: str, actor: str) -> None:
    """End the agreement in force; no advice goes out from now on."""
    if len(reason.strip()) < 2:
        raise ReasonMissing()
    client = _locked(client_id)
    standing = AdviceAgreement.objects.filter(client=client, ended_at=None).first()
    if standing is None:
        raise NotFound()
    now = timezone.now()
    standing.ended_at, standing.end_reason = now, reason.strip()[:200]
    standing.save(update_fields=["ended_at", "end_reason"])
    client.advised = False
    client.save(update_fields=["advised"])
    ledger.record(
        "agreement.ended", actor=actor, client_id=client_id, object_kind="agreement", object_id=standing.pk,
        facts={"number": standing.number, "reason": standing.end_reason, "in_cooling": now <= standing.cooling_ends_at},
    )  # fmt: skip


PERMISSION_WORDS = {
    "chinext": ("创业板", "ChiNext"), "star": ("科创板", "STAR"), "beijing": ("北交所", "the Beijing exchange"),
    "hk_connect": ("港股通", "HK Connect"), "margin": ("融资融券", "margin"), "options": ("期权", "options"),
    "convertibles": ("可转债", "convertibles"),
}  # fmt: skip


@transaction.atomic
def open_permission(
    client_id: int, kind: str, since: date | None, until: date | None = None, *, actor: str
) -> TradingPermission:
    """Note that a client may trade something from a day on. The conditions for it are checked where it is granted."""
    if since is None or (until is not None and until < since):
        raise PermissionPeriodWrong()
    _locked(client_id)
    what, what_en = PERMISSION_WORDS[PermissionKind(kind)]
    try:
        with transaction.atomic():
            made = TradingPermission.objects.create(client_id=client_id, kind=kind, since=since, until=until)
    except IntegrityError:
        raise PermissionOverlaps(what=what, what_en=what_en) from None
    ledger.record(
        "client.permission_opened", actor=actor, client_id=client_id, object_kind="permission", object_id=made.pk,
        facts={"what": what, "what_en": what_en, "since": since.isoformat()},
    )  # fmt: skip
    return made


@transaction.atomic
def end_permission(client_id: int, permission_id: int, until: date, *, actor: str) -> None:
    """The last day of a permission that has none yet."""
    found = TradingPermission.objects.select_for_update().filter(
        pk=permission_id, client_id=client_id, until=None
    ).first()  # fmt: skip
    if found is None:
        raise NotFound()
    if until < found.since:
        raise PermissionPeriodWrong()
    found.until = until
    found.save(update_fields=["until"])
    what, what_en = PERMISSION_WORDS[found.kind]
    ledger.record(
        "client.permission_ended", actor=actor, client_id=client_id, object_kind="permission", object_id=found.pk,
        facts={"what": what, "what_en": what_en, "until": until.isoformat()},
    )  # fmt: skip


@transaction.atomic
def set_id_valid_until(client_id: int, until: date | None, *, actor: str) -> None:
    """Until when the client's id document is valid; ``rules.FOR_GOOD`` for one without an end, None when unknown."""
    person = PersonalData.objects.select_for_update().get(pk=client_id)
    if person.id_valid_until == until:
        return
    PersonalData.objects.filter(pk=client_id).update(id_valid_until=until)
    ledger.record(
        "client.id_document_noted",
        actor=actor,
        client_id=client_id,
        object_kind="client",
        object_id=client_id,
    )


@transaction.atomic
def reveal(client_id: int, field: str, reason: str, *, actor: str) -> str:
    """The plain value of one personal field; who saw it and why stands in the ledger."""
    if len(reason.strip()) < 2:
        raise ReasonMissing()
    if field in ("phone", "email"):
        point = ContactPoint.objects.filter(client_id=client_id, kind=field, primary=True).first()
        value = str(point.value) if point else ""
    else:
        value = str(getattr(PersonalData.objects.get(pk=client_id), REVEALED[field][1]))
    ledger.record(
        "privacy.revealed", actor=actor, client_id=client_id, object_kind="field", object_id=field,
        facts={"field": REVEALED[field][0], "field_en": field.replace("_", " "), "reason": reason.strip()[:200]},
    )  # fmt: skip
    return value


@transaction.atomic
def tag(client_id: int, name: str, *, actor: str, on: bool = True) -> None:
    """Put a tag on a client, or take it off; a new name makes a new tag."""
    name = name.strip()[:30]
    if not name:
        raise TagEmpty()
    _locked(client_id)
    found, _new = Tag.objects.get_or_create(name=name)
    if on:
        _row, new = ClientTag.objects.get_or_create(
            client_id=client_id, tag=found, defaults={"actor": actor, "at": timezone.now()}
        )
    else:
        new = bool(ClientTag.objects.filter(client_id=client_id, tag=found).delete()[0])
    if new:
        ledger.record(
            "client.tagged" if on else "client.untagged", actor=actor, client_id=client_id, object_kind="tag",
            object_id=found.pk, facts={"tag": name},
        )  # fmt: skip


@transaction.atomic
def save_segment(
    name: str, tree: conditions.Tree, *, actor: str, segment_id: int | None = None, anybody_s: bool = False
) -> Segment:
    """Keep conditions under a name, or as the next version of ``segment_id``. Equal conditions make no version.

    Only the maker changes a segment, unless ``anybody_s``; others see it changed under their hands otherwise.
    """
    checked = conditions.check(tree)
    name = name.strip()[:60]
    if not name:
        raise SegmentNameMissing()
    now = timezone.now()
    found = Segment.objects.select_for_update().filter(pk=segment_id or 0, retired_at=None).first()
    if segment_id is not None and found is None:
        raise NotFound()
    if found is not None and found.maker != actor and not anybody_s:
        raise SegmentNotYours(name=found.name)
    same_name = Segment.objects.select_for_update().filter(name=name).exclude(pk=segment_id or 0).first()
    if same_name is not None and (found is not None or same_name.retired_at is None):
        raise SegmentNameTaken(name=name)
    made = found or same_name
    if made is None:
        made = Segment(name=name, conditions={}, version=0)
    if made.conditions == checked and made.name == name and made.retired_at is None:
        return made
    if made.conditions != checked:
        made.version += 1
    made.name, made.conditions, made.retired_at = name, checked, None
    made.maker, made.made_at = actor, now
    try:
        with transaction.atomic():
            made.save()
    except IntegrityError:  # two people at once
        raise SegmentNameTaken(name=name) from None
    SegmentVersion.objects.get_or_create(
        segment=made, number=made.version, defaults={"conditions": checked, "maker": actor, "made_at": now}
    )
    ledger.record(
        "segment.saved", actor=actor, object_kind="segment", object_id=made.pk,
        facts={"name": made.name, "version": made.version},
    )  # fmt: skip
    return made


@transaction.atomic
def retire_segment(segment_id: int, *, actor: str, anybody_s: bool = False) -> None:
    """Take a segment out of the lists. Its versions stay, since others may have used them."""
    found = Segment.objects.select_for_update().filter(pk=segment_id, retired_at=None).first()
    if found is None:
        raise NotFound()
    if found.maker != actor and not anybody_s:
        raise SegmentNotYours(name=found.name)
    found.retired_at = timezone.now()
    found.save(update_fields=["retired_at"])
    ledger.record(
        "segment.retired", actor=actor, object_kind="segment", object_id=found.pk, facts={"name": found.name}
    )


@transaction.atomic
def note(client_id: int, text: str, *, actor: str) -> None:
    """A line on the timeline. The same line again within a minute is a button pressed twice."""
    text = text.strip()
    if not text:
        raise NoteEmpty()
    if len(text) > LONGEST_NOTE:
        raise NoteTooLong(longest=LONGEST_NOTE)
    _locked(client_id)
    now = timezone.now()
    twice = LedgerEntry.objects.filter(
        client_id=client_id,
        kind="client.noted",
        actor=actor,
        at__gt=now - timedelta(minutes=1),
        facts__text=text,
    )
    if twice.exists():
        return
    ledger.record("client.noted", actor=actor, client_id=client_id, facts={"text": text})
    Client.objects.filter(pk=client_id).update(last_contact_at=now)


@transaction.atomic
def set_preference(client_id: int, key: str, value: str, *, actor: str) -> None:
    """A habit or wish that whoever serves the client should know (T11); an empty value takes it away."""
    key, value = key.strip(), value.strip()
    if not key or len(key) > 40 or len(value) > 200:
        raise PreferenceWrong()
    _locked(client_id)
    if not value:
        if Preference.objects.filter(client_id=client_id, key=key).delete()[0]:
            ledger.record("preference.removed", actor=actor, client_id=client_id, facts={"key": key})
        return
    _row, new = Preference.objects.get_or_create(
        client_id=client_id, key=key, defaults={"value": value, "noted_by": actor, "noted_at": timezone.now()}
    )
    if not new:
        changed = Preference.objects.filter(client_id=client_id, key=key).exclude(value=value).update(
            value=value, noted_by=actor, noted_at=timezone.now()
        )  # fmt: skip
        if not changed:
            return
    ledger.record("preference.noted", actor=actor, client_id=client_id, facts={"key": key, "value": value})


@transaction.atomic
def follow(client_id: int, what: str, on: bool = True, *, actor: str) -> None:
    """Follow (or stop following) a security by its six digits, or an industry by its name."""
    what = what.strip()
    _locked(client_id)
    if not on:
        changed = bool(Follow.objects.filter(client_id=client_id, what=what).delete()[0])
    else:
        security = Security.objects.filter(symbol=what).first() or Security.objects.filter(name=what).first()
        if security is None and not Security.objects.filter(industry=what).exists():
            raise FollowUnknown(what=what[:30])
        what = security.symbol if security else what
        _row, changed = Follow.objects.get_or_create(
            client_id=client_id, what=what, defaults={"at": timezone.now()}
        )
    if changed:
        ledger.record(
            "client.followed" if on else "client.unfollowed",
            actor=actor,
            client_id=client_id,
            facts={"what": what},
        )


def set_level_rank(client_ids: Sequence[int], rank: int) -> None:
    """Called by offerings when a subscription comes into force; in its transaction."""
    Client.objects.filter(pk__in=client_ids).update(level_rank=rank)


def set_commission_rate(client_id: int, rate: Any) -> None:
    """Called by offerings with the rate of the level in force (per mille)."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE clients_fundaccount SET commission_rate = %s WHERE client_id = %s", [rate, client_id]
        )
