"""Clients in the console: list, page, notes, consent, suitability, coverage."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import wraps
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from maitian.clients import actions, merge_queries, queries
from maitian.clients.builder import Builder
from maitian.clients.errors import BirthdayWrong, DayWrong, MemberNotChosen
from maitian.clients.models import (
    AdviceAgreement,
    CashFlow,
    Channel,
    Client,
    InboundText,
    InvestorClass,
    LifeCycle,
    MessageClass,
    PermissionKind,
    RiskClass,
    Security,
    Tag,
    Trade,
)
from maitian.clients.rules import FOR_GOOD, MOVES, match
from maitian.clients.views import found_by
from maitian.console import client_page
from maitian.core import ledger, rulebook
from maitian.core import time as business_time
from maitian.core.errors import DomainError, NotFound
from maitian.core.privacy import decrypt, mask_email, mask_phone
from maitian.desk import home as desk
from maitian.desk.views.promises import made_with
from maitian.offerings import queries as offerings
from maitian.outreach import queries as outreach
from maitian.outreach.campaigns.queries import of_client as campaigns_of
from maitian.outreach.models import Message
from maitian.outreach.shares import queries as share_queries
from maitian.staff.access import door, no_permission
from maitian.staff.models import Member
from maitian.staff.queries import actor_names
from maitian.ui.paging import window
from maitian.visits import queries as visits


@door("clients.view")
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """Clients that the member may see."""
    member = request.member  # type: ignore[attr-defined]
    filters = {name: request.GET.get(name, "") for name in ("q", "level", "state", "due")}
    found = queries.filtered(member, filters)
    if filters["due"] == "risk":
        found = found.filter(risk_valid_until__lte=business_time.today() + timedelta(days=30)).exclude(
            state="closed"
        )
    return render(
        request, "console/clients.html",
        {
            "window": window(found, request, size=50, key=("pk",)), "filters": filters, "levels": offerings.levels(active_only=False),
            "by_rank": {level.rank: level for level in offerings.levels(active_only=False)}, "states": LifeCycle.choices,
        },
    )  # fmt: skip


@door("clients.view")
@require_safe
def page(request: HttpRequest, client_id: int) -> HttpResponse:
    """The client page: one record, one timeline, whichever net was used (E1, E3)."""
    return _page(request, client_id)


def on_page(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A small form of the client page that was refused comes back on the page: the sentence above, what was typed kept."""

    @wraps(view)
    def tried(request: HttpRequest, client_id: int, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, client_id, *args, **kwargs)
        except NotFound:
            raise
        except DomainError as refused:
            if refused.status not in (409, 422):
                raise
            return _page(request, client_id, view.__name__, refused)

    return tried


def _page(
    request: HttpRequest, client_id: int, failed: str = "", refused: DomainError | None = None
) -> HttpResponse:
    member = request.member  # type: ignore[attr-defined]
    client = queries.get_visible(member, client_id)
    if client.pk != client_id:  # merged into this one
        return redirect("console:client", client.pk)
    found = client_page.load(client.pk, queries.record_ids(client.pk))
    value = sum(Decimal(str(h["value"] or 0)) for h in found["holdings"])
    day = sum(
        Decimal(str(h["quantity"])) * (Decimal(str(h["close"])) - Decimal(str(h["before"])))
        for h in found["holdings"]
        if h["before"]
    )
    for holding in found["holdings"]:
        before = Decimal(str(holding["before"])) if holding["before"] else None
        holding["change"] = (Decimal(str(holding["close"])) / before - 1) if before else None
    for contact in found["contacts"]:
        plain = decrypt(base64.b64decode(contact.pop("value")))
        contact["masked"] = mask_phone(plain) if contact["kind"] == "phone" else mask_email(plain)
    for account in found["accounts"]:
        account["share"] = Decimal(str(account["rate"])) / 1000 if account["rate"] is not None else None
    for trade in found["trades"]:
        trade["at"], trade["side_name"] = datetime.fromisoformat(trade["at"]), Trade.Side(trade["side"]).label
    for permission in found["permissions"]:
        permission["name"] = PermissionKind(permission["kind"]).label
        permission["since"] = parse_date(permission["since"])
        permission["until"] = parse_date(permission["until"]) if permission["until"] else None
    names = actor_names({row["actor"] for row in found["ledger"]})
    may_edit = member.may("clients.edit")
    return render(
        request, "console/client.html",
        {
            "record": client, "found": found, "timeline": timeline_of(found["ledger"], found["messages"], names, member)[:12],
            "holdings_value": value, "day_gain": day, "cash": sum(Decimal(str(account["cash"])) for account in found["accounts"]),
            "level": offerings.level_of(client.pk), "risk_name": RiskClass(client.risk_class).label, "today": business_time.today(),
            "risks": [(f"R{n}", match(client.risk_class, client.risk_valid_until, client.investor_class == "professional", n, business_time.today())) for n in range(1, 6)],
            **_allotments(client.pk),
            "asked": outreach.of_client(client.pk, 8), "consents": _consents(client), "may_edit": may_edit,
            "campaigns": campaigns_of(client.pk), "sees_campaigns": member.may("campaigns.view"),
            "hints": merge_queries.hints(member, client), "may_merge": member.may("merges.propose"),
            "merged": merge_queries.merges(member, "done").filter(survivor=client) if member.may("duplicates.view") else [],
            "may_class": member.may("levels.decide"), "may_trade_note": member.may("trading.note"),
            "permission_kinds": PermissionKind.choices,
            **desk.client_parts(member, client.pk), "referrals": visits.referrals_of(member, client.pk),
            "agreement": AdviceAgreement.objects.filter(client=client, ended_at=None).first(),
            "classes": InvestorClass.choices, "for_good": FOR_GOOD,
            "moves": [(value, label) for value, label in LifeCycle.choices if value in MOVES[client.state]],
            "tags": Tag.objects.filter(clienttag__client_id=client.pk).values_list("name", flat=True),
            "may_message": member.may("outreach.message"),
            "may_reveal": member.may("clients.reveal"), "channels": Channel.choices, "due": found["change"] and datetime.fromisoformat(found["change"]["due_at"]),
            "may_assign": member.may("coverage.assign"),
            "managers": queries.account_managers(member) if member.may("coverage.assign") else [],
            "advisers": queries.advisers(member) if member.may("coverage.assign") else [],
            "failed": failed, "given": request.POST if refused else {}, "refused": refused,
        },
        status=refused.status if refused else 200,
    )  # fmt: skip


def _allotments(client_id: int) -> dict[str, Any]:
    """What the card on new shares shows: nothing is asked for a client who was never allotted any."""
    chases = share_queries.chases_of(client_id)
    if not chases:
        return {"chases": []}
    defaults, barred = share_queries.ban_of(client_id)
    return {
        "chases": chases, "defaults": defaults, "barred": barred, "default_rules": share_queries.rules_of_default(), "now": timezone.now(),
    }  # fmt: skip


TIMELINE_PAGE = 50


@door("clients.view")
@require_safe
def timeline(request: HttpRequest, client_id: int) -> HttpResponse:
    """Everything that happened, newest first, page by page: the ledger's rows and the messages between them."""
    member = request.member  # type: ignore[attr-defined]
    client = queries.get_visible(member, client_id)
    asked = request.GET.get("before", "")
    before = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 19 else None
    rows, sent = client_page.history(queries.record_ids(client.pk), before, TIMELINE_PAGE)
    names = actor_names({row["actor"] for row in rows})
    return render(
        request, "console/timeline.html",
        {"record": client, "timeline": timeline_of(rows, sent, names, member), "before": before,
         "next": rows[-1]["number"] if len(rows) == TIMELINE_PAGE else None},
    )  # fmt: skip


STATE_LOOKS = {2: ("ok", "check"), 3: ("late", "alert"), 4: ("ok", "eye"), 5: ("", "alert")}


def timeline_of(
    rows: list[dict[str, Any]], sent: list[dict[str, Any]], names: dict[str, str], member: Member | None = None
) -> list[dict[str, Any]]:  # fmt: skip
    """Ledger rows and messages as one list, newest first. The channels of one event at one time are one entry.

    With ``member``, rows of cases that he may see lead to them and quote what was said.
    """
    quotes = _words_of(rows)
    open_refs, said = desk.on_timeline(member, rows) if member is not None else (set(), {})
    entries = [
        _row(row, names)
        | {
            "quote": quotes.get(row["facts"].get("text_id"), "") or said.get(row["facts"].get("entry"), ""),
            "case": row["facts"]["ref"] if row["facts"].get("ref") in open_refs else "",
        }
        for row in rows
    ]
    labels, states = dict(Channel.choices), dict(Message.State.choices)
    together: dict[tuple[int, str], dict[str, Any]] = {}
    for message in sent:
        at = datetime.fromisoformat(message["at"])
        entry = together.setdefault(
            (message["event_id"], f"{at:%Y-%m-%d %H:%M}"),
            {"icon": "send", "look": "ok", "text": message["title"], "at": at, "who": "", "net": _("天网"),
             "event_id": message["event_id"], "ways": []},
        )  # fmt: skip
        look, _icon = STATE_LOOKS.get(message["state"], ("", ""))
        if look == "late":
            entry["look"] = "late"
        entry["ways"].append(
            _("%(channel)s%(state)s")
            % {"channel": labels[message["channel"]], "state": states[message["state"]]}
        )
    return sorted([*entries, *together.values()], key=lambda entry: entry["at"], reverse=True)


def _words_of(rows: list[dict[str, Any]]) -> dict[int, str]:
    """What a client wrote by SMS, for the rows that say he did: decrypted here, for whoever may see the client."""
    ids = [
        row["facts"]["text_id"]
        for row in rows
        if row["kind"] == "client.replied" and "text_id" in row["facts"]
    ]
    return {text.pk: str(text.text) for text in InboundText.objects.filter(pk__in=ids)} if ids else {}


def _row(row: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    kind = ledger.kinds().get(row["kind"]) or ledger.LedgerKind("edit", row["kind"], row["kind"])
    nets = {"ground": _("地网"), "sky": _("天网"), "people": _("人网")}
    who = names.get(row["actor"]) or (_("客户本人") if row["actor"].startswith("client:") else _("系统"))
    return {
        "icon": kind.icon,
        "look": "",
        "text": kind.sentence(row["facts"]),
        "at": datetime.fromisoformat(row["at"]),
        "who": who,
        "net": nets.get(str(row["facts"].get("net") or kind.net), ""),
    }


def _consents(client: Client) -> list[dict[str, Any]]:
    return [
        {
            "label": label, "value": value,
            "channels": [{"value": c, "label": name, "on": bool(client.consent_bits & actions.bit(value, c))} for c, name in Channel.choices],
        }
        for value, label in MessageClass.choices
    ]  # fmt: skip


@door("clients.edit")
def new(request: HttpRequest) -> HttpResponse:
    """Open a record: a lead of one's own, or a client at the counter."""
    member = request.member  # type: ignore[attr-defined]
    error, field = "", ""
    if request.method == "POST":
        given: dict[str, Any] = {
            name: request.POST.get(name, "").strip() for name in ("name", "phone", "email", "id_number")
        }
        try:
            made = actions.create_client(
                branch=member.branch,
                actor=member.actor,
                manager=member if member.role == "account_manager" else None,
                **given,
            )
        except DomainError as refused:
            error, field = refused.sentence(), refused.field or ""
        else:
            messages.success(request, _("已建档"))
            visible = queries.visible_to(member).filter(pk=made.pk).exists()
            return redirect("console:client", made.pk) if visible else redirect("console:clients")
    return render(
        request,
        "console/client_new.html",
        {"error": error, "field": field, "given": request.POST},
        status=422 if error else 200,
    )


@door("segments.build")
def segments(request: HttpRequest, segment_id: int | None = None) -> HttpResponse:
    """Find clients by conditions, see how many, keep the conditions under a name, version by version (E1)."""
    member = request.member  # type: ignore[attr-defined]
    opened = queries.get_segment(segment_id) if segment_id is not None else None
    data = request.POST if request.method == "POST" else request.GET
    if Builder.sent(data):
        builder = Builder.from_data(data)
    elif opened is not None:
        number = request.GET.get("version", "")
        wanted = int(number) if number.isdigit() and len(number) < 6 else opened.version
        builder = Builder.from_tree(queries.segment_version(opened.pk, wanted))
    else:
        builder = Builder.empty()
    name, error = data.get("segment", opened.name if opened else ""), ""
    if request.method == "POST" and "save" not in request.POST:
        # A list has an address that can be kept and sent on; a form that was posted has none.
        return redirect(f"{request.path}?{builder.query()}")
    if request.method == "POST":
        if not member.may("segments.save"):
            raise no_permission("segments.save")
        try:
            target = opened.pk if opened is not None and request.POST["save"] == "version" else None
            saved = actions.save_segment(
                name, builder.tree(), actor=member.actor, segment_id=target, anybody_s=member.may("coverage.assign"),
            )  # fmt: skip
        except DomainError as refused:
            error = refused.sentence()
        else:
            messages.success(request, _("已存，第 %(version)s 版") % {"version": saved.version})
            return redirect("console:segment", saved.pk)
    found = found_by(member, builder)
    tree = found.get("tree") if found else None
    listed = queries.matching(queries.visible_to(member), tree) if tree else Client.objects.none()
    return render(
        request, "console/segments.html",
        {
            "builder": builder, "found": found, "opened": opened, "name": name, "error": error,
            "window": window(listed.select_related("person", "manager"), request, size=50, key=("pk",)),
            "saved": queries.segments()[:50], "may_save": member.may("segments.save"),
            "mine": opened is not None and (opened.maker == member.actor or member.may("coverage.assign")),
            "versions": opened.versions.order_by("-number")[:20] if opened else [],
            "by_rank": {level.rank: level for level in offerings.levels(active_only=False)},
        },
        status=422 if error else 200,
    )  # fmt: skip


@door("segments.save")
@require_POST
def retire_segment(request: HttpRequest, segment_id: int) -> HttpResponse:
    member = request.member  # type: ignore[attr-defined]
    actions.retire_segment(segment_id, actor=member.actor, anybody_s=member.may("coverage.assign"))
    messages.success(request, _("已停用"))
    return redirect("console:segments")


@door("clients.edit")
@require_POST
@on_page
def tag(request: HttpRequest, client_id: int) -> HttpResponse:
    member = request.member  # type: ignore[attr-defined]
    client = queries.get_visible(member, client_id)
    actions.tag(client.pk, request.POST.get("tag", ""), actor=member.actor, on=request.POST.get("on") != "0")
    return redirect("console:client", client_id)


@door("levels.decide")
@require_POST
@on_page
def investor_class(request: HttpRequest, client_id: int) -> HttpResponse:
    """Professional on evidence, or ordinary again: the branch decides."""
    member = request.member  # type: ignore[attr-defined]
    client = queries.get_visible(member, client_id)
    wanted = request.POST.get("class", "")
    if wanted not in InvestorClass.values:
        raise NotFound()
    actions.set_investor_class(client.pk, wanted, request.POST.get("evidence", ""), actor=member.actor)
    return redirect("console:client", client_id)


@door("clients.edit")
@require_POST
@on_page
def agreement(request: HttpRequest, client_id: int) -> HttpResponse:
    """Keep a signed agreement on advice, or end the one in force."""
    member = request.member  # type: ignore[attr-defined]
    client = queries.get_visible(member, client_id)
    if request.POST.get("end"):
        actions.end_agreement(client.pk, reason=request.POST.get("reason", ""), actor=member.actor)
        messages.success(request, _("协议已终止，投资建议不再发送"))
    else:
        signed, disclosed = (_moment(request.POST.get(name, "")) for name in ("signed_at", "disclosed_at"))
        actions.sign_agreement(
            client.pk, number=request.POST.get("number", ""), disclosed_at=disclosed, signed_at=signed,
            fee=request.POST.get("fee", ""), evidence=request.POST.get("evidence", ""), actor=member.actor,
        )  # fmt: skip
        messages.success(request, _("协议已登记"))
    return redirect("console:client", client_id)


def _moment(words: str) -> datetime:
    """What a date-and-time field gave, in Shanghai; nonsense is the far future, which the action refuses in words."""
    try:
        return datetime.fromisoformat(words).replace(tzinfo=business_time.SHANGHAI)
    except ValueError:
        return datetime.max.replace(tzinfo=business_time.SHANGHAI, year=9000)


@door("clients.view")
@require_safe
def trades(request: HttpRequest, client_id: int) -> HttpResponse:
    """Every trade or cash flow of a client, newest first."""
    client = queries.get_visible(request.member, client_id)  # type: ignore[attr-defined]
    flows = request.GET.get("what") == "cash"
    rows: QuerySet[Any] = (CashFlow if flows else Trade).objects.filter(client_id=client.pk)
    found = window(rows, request, size=50, key=("-at", "-pk"))
    names = dict(
        Security.objects.filter(symbol__in={row.symbol for row in found.rows}).values_list("symbol", "name")
        if not flows
        else []
    )
    for row in found.rows:
        row.name = "" if flows else names.get(row.symbol, "")
    return render(request, "console/trades.html", {"record": client, "window": found, "flows": flows})


@door("trading.note")
@require_POST
@on_page
def permission(request: HttpRequest, client_id: int) -> HttpResponse:
    """Note that a trading permission was opened, or the last day of one."""
    member = request.member  # type: ignore[attr-defined]
    client = queries.get_visible(member, client_id)
    ends, kind = request.POST.get("end", ""), request.POST.get("kind", "")
    if ends.isdigit():
        until = _day(request, "until") or business_time.today()
        actions.end_permission(client.pk, int(ends), until, actor=member.actor)
    elif kind in PermissionKind.values:
        actions.open_permission(client.pk, kind, _day(request, "since"), actor=member.actor)
    else:
        raise NotFound()
    messages.success(request, _("已存"))
    return redirect("console:client", client_id)


def _day(request: HttpRequest, name: str) -> date | None:
    """A day that a form sent, None when it is empty; refuses what is none."""
    given = request.POST.get(name, "").strip()
    try:
        found = parse_date(given) if given else None
    except ValueError:
        found = None
    if given and found is None:
        raise DayWrong(given=given[:20])
    return found


@door("clients.edit")
@require_POST
@on_page
def id_document(request: HttpRequest, client_id: int) -> HttpResponse:
    """Until when the id document is valid."""
    member = request.member  # type: ignore[attr-defined]
    client = queries.get_visible(member, client_id)
    until = FOR_GOOD if request.POST.get("for_good") else _day(request, "until")
    if until is None:
        raise DayWrong(given="")
    actions.set_id_valid_until(client.pk, until, actor=member.actor)
    messages.success(request, _("已存"))
    return redirect("console:client", client_id)


@door("clients.edit")
@require_POST
@on_page
def move(request: HttpRequest, client_id: int) -> HttpResponse:
    client = queries.get_visible(request.member, client_id)  # type: ignore[attr-defined]
    state = request.POST.get("state", "")
    if state not in LifeCycle.values:
        raise NotFound()
    actions.move(client.pk, state, actor=request.member.actor)  # type: ignore[attr-defined]
    return redirect("console:client", client_id)


@door("clients.edit")
@require_POST
@on_page
def note(request: HttpRequest, client_id: int) -> HttpResponse:
    """Write a note on the client's page, with the promise that it may hold."""
    member = request.member  # type: ignore[attr-defined]
    client = queries.get_visible(member, client_id)
    with transaction.atomic():
        actions.note(client.pk, request.POST.get("text", ""), actor=member.actor)
        if member.may("desk.work"):
            made_with(request, client_id=client.pk, by=member)
    messages.success(request, _("已记下"))
    return redirect("console:client", client_id)


@door("clients.edit")
@require_POST
@on_page
def preference(request: HttpRequest, client_id: int) -> HttpResponse:
    client = queries.get_visible(request.member, client_id)  # type: ignore[attr-defined]
    actions.set_preference(
        client.pk, request.POST.get("key", ""), request.POST.get("value", ""), actor=request.member.actor,  # type: ignore[attr-defined]
    )  # fmt: skip
    messages.success(request, _("已存"))
    return redirect("console:client", client_id)


@door("clients.edit")
@require_POST
@on_page
def follow(request: HttpRequest, client_id: int) -> HttpResponse:
    """Follow a security or an industry for the client, who asked for it."""
    member = request.member  # type: ignore[attr-defined]
    client = queries.get_visible(member, client_id)
    actions.follow(client.pk, request.POST.get("what", ""), request.POST.get("on") != "0", actor=member.actor)
    return redirect("console:client", client_id)


@door("clients.edit")
def contact(request: HttpRequest, client_id: int) -> HttpResponse:
    """Change phone, e-mail, address, birthday or gender, on evidence. What is left empty stays as it is."""
    member = request.member  # type: ignore[attr-defined]
    client = queries.get_visible(member, client_id)
    error, field = "", ""
    if request.method == "POST":
        try:
            changed = actions.change_contact(
                client.pk,
                _contact_values(request.POST),
                evidence=request.POST.get("evidence", ""),
                actor=member.actor,
                again=[kind for kind in ("phone", "email") if request.POST.get(f"again_{kind}")],
            )
            messages.success(request, _("已存") if changed else _("没有变化"))
            return redirect("console:client", client_id)
        except DomainError as refused:
            error, field = refused.sentence(), refused.field or ""
    kept = list(client.contact_points.filter(primary=True))
    points = {point.kind: str(point.value) for point in kept}
    return render(
        request, "console/contact.html",
        {
            "bounced": {point.kind: point.bounced_at for point in kept if point.bounced_at},
            "record": client, "error": error, "field": field, "given": request.POST,
            "phone": mask_phone(points["phone"]) if "phone" in points else "–",
            "email": mask_email(points["email"]) if "email" in points else "–",
            "has_address": bool(client.person.home_address),
        },
        status=422 if error else 200,
    )  # fmt: skip


def _contact_values(data: QueryDict) -> dict[str, Any]:
    """Only the fields that were filled in, or ticked to be taken away."""
    values: dict[str, Any] = {}
    for name in ("phone", "email", "home_address", "gender"):
        typed = data.get(name, "").strip()
        if typed or data.get(f"no_{name}"):
            values[name] = "" if data.get(f"no_{name}") else typed
    if birthday := data.get("birthday", "").strip():
        try:
            values["birthday"] = date.fromisoformat(birthday)
        except ValueError:
            raise BirthdayWrong() from None
    return values


@door("coverage.assign")
@require_POST
@on_page
def cover(request: HttpRequest, client_id: int) -> HttpResponse:
    """Give the client another manager or adviser."""
    member = request.member  # type: ignore[attr-defined]
    client = queries.get_visible(member, client_id)
    adviser = request.POST.get("kind") == "adviser"
    chosen = request.POST.get("member", "")
    among = queries.advisers(member) if adviser else queries.account_managers(member)
    to = (
        among.filter(pk=chosen).first()
        if chosen.isascii() and chosen.isdigit() and len(chosen) < 10
        else None
    )
    if to is None:
        raise MemberNotChosen()
    give = actions.assign_adviser if adviser else actions.assign
    give([client.pk], to, actor=member.actor, reason=request.POST.get("reason", ""))
    messages.success(request, _("由 %(name)s 负责了") % {"name": to.title})
    visible = queries.visible_to(member).filter(pk=client.pk).exists()
    return redirect("console:client", client_id) if visible else redirect("console:clients")


@door("clients.reveal")
@require_POST
@on_page
def reveal(request: HttpRequest, client_id: int) -> HttpResponse:
    """One personal field in plain, with a reason, on record."""
    client = queries.get_visible(request.member, client_id)  # type: ignore[attr-defined]
    field = request.POST.get("field", "")
    if field not in actions.REVEALED:
        raise NotFound()
    value = actions.reveal(client.pk, field, request.POST.get("reason", ""), actor=request.member.actor)  # type: ignore[attr-defined]
    return render(
        request,
        "console/revealed.html",
        {"record": client, "value": value, "field": actions.REVEALED[field][0]},
    )


@door("clients.edit")
@require_POST
@on_page
def consent(request: HttpRequest, client_id: int) -> HttpResponse:
    client = queries.get_visible(request.member, client_id)  # type: ignore[attr-defined]
    message_class, channel = request.POST.get("class", ""), request.POST.get("channel", "")
    if message_class not in ("0", "1", "2") or channel not in ("0", "1", "2", "3"):
        raise NotFound()
    actions.set_consent(
        client.pk, int(message_class), int(channel), request.POST.get("granted") == "1", source="counter",
        proof=request.POST.get("proof", ""), actor=request.member.actor,  # type: ignore[attr-defined]
    )  # fmt: skip
    messages.success(request, _("已存"))
    return redirect("console:client", client_id)


@door("suitability.start")
def suitability(request: HttpRequest, client_id: int) -> HttpResponse:
    """The questionnaire, answered with the client at the counter or on the phone."""
    client = queries.get_visible(request.member, client_id)  # type: ignore[attr-defined]
    questions = rulebook.at().suitability.questionnaire
    error = ""
    if request.method == "POST":
        try:
            actions.submit_assessment(
                client.pk,
                request.POST.dict(),
                channel="counter",
                actor=request.member.actor,  # type: ignore[attr-defined]
            )  # type: ignore[attr-defined]
            messages.success(request, _("测评已存"))
            return redirect("console:client", client_id)
        except DomainError as refused:
            error = refused.sentence()
    return render(
        request, "console/suitability.html",
        {"record": client, "questions": questions, "answers": request.POST.dict(), "error": error}, status=422 if error else 200,
    )  # fmt: skip


@door("coverage.view")
@require_safe
def coverage(request: HttpRequest) -> HttpResponse:
    """Clients who have nobody (G10), or no adviser although their level promises one (G7)."""
    member = request.member  # type: ignore[attr-defined]
    lists = {
        "manager": queries.gaps(member),
        "adviser": queries.adviser_gaps(member, offerings.advised_ranks()),
    }
    kind = request.GET.get("kind", "")
    kind = kind if kind in lists else "manager"
    people = queries.account_managers(member) if kind == "manager" else queries.advisers(member)
    return render(
        request, "console/coverage.html",
        {
            "window": window(lists[kind].order_by("-assets", "pk"), request, size=50), "kind": kind,
            "counts": {name: rows.count() for name, rows in lists.items()}, "people": people,
            "by_rank": {level.rank: level for level in offerings.levels(active_only=False)},
            "may_assign": member.may("coverage.assign"),
        },
    )  # fmt: skip


@door("coverage.assign")
@require_POST
def assign(request: HttpRequest) -> HttpResponse:
    """Give chosen clients to a manager or an adviser: all of them or none."""
    member = request.member  # type: ignore[attr-defined]
    kind = "adviser" if request.POST.get("kind") == "adviser" else "manager"
    back = f"{reverse('console:coverage')}?kind={kind}"
    ids = {int(i) for i in request.POST.getlist("client") if i.isascii() and i.isdigit() and len(i) < 19}
    if not ids:
        messages.error(request, _("一户也没有选。请先勾选客户。"))
        return redirect(back)
    chosen = request.POST.get("member", "")
    people = queries.account_managers(member) if kind == "manager" else queries.advisers(member)
    to = (
        people.filter(pk=chosen).first()
        if chosen.isascii() and chosen.isdigit() and len(chosen) < 19
        else None
    )
    if to is None:
        messages.error(request, _("没有选交给谁。请从列表里选一位在岗的同事。"))
        return redirect(back)
    allowed = list(queries.visible_to(member).filter(pk__in=ids).values_list("pk", flat=True))
    if len(allowed) != len(ids):
        raise NotFound()
    give = actions.assign if kind == "manager" else actions.assign_adviser
    done = give(allowed, to, actor=member.actor, reason=request.POST.get("reason", ""))
    messages.success(request, _("%(count)s 户交给了 %(name)s") % {"count": done, "name": to.title})
    return redirect(back)
