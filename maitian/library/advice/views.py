"""Console pages of advice: picks and ratings."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from maitian.core import ledger
from maitian.core.errors import DomainError
from maitian.core.models import LedgerEntry
from maitian.library.advice import actions, queries
from maitian.library.advice.forms import PickForm, initial
from maitian.library.advice.models import Pick
from maitian.staff.access import door
from maitian.staff.queries import actor_names
from maitian.ui.paging import window


@door("library.view")
@require_safe
def picks(request: HttpRequest) -> HttpResponse:
    """Picks by state, and how the closed ones did."""
    state = request.GET.get("state", "")
    found = window(queries.picks(state), request, size=30)
    return render(
        request, "library/advice/picks.html",
        {
            "window": found, "names": queries.names({pick.symbol for pick in found.rows}), "state": state, "states": Pick.State.choices,
            "record": queries.record(), "may_sign": request.member.may("advice.sign"),  # type: ignore[attr-defined]
        },
    )  # fmt: skip


@door("advice.sign")
def edit(request: HttpRequest, pick_id: int | None = None) -> HttpResponse:
    """Write a pick, or change a draft; the button decides whether it is also signed."""
    member = request.member  # type: ignore[attr-defined]
    item = queries.pick(pick_id) if pick_id else None
    form = PickForm(request.POST or None, initial=initial(item) if item else None)
    status = 200
    if request.method == "POST":
        if form.is_valid():
            try:
                saved = actions.save_pick(pick_id, form.cleaned_data, adviser=member)
                if "sign" in request.POST:
                    actions.sign_pick(saved.pk, adviser=member)
                    messages.success(request, _("已签发，会发给适当、签了协议的客户"))
                else:
                    messages.success(request, _("草稿已存"))
                return redirect("library:pick", saved.pk)
            except DomainError as error:
                form.add_error(error.field if error.field in form.fields else None, error.sentence())
        status = 422
    return render(request, "library/advice/edit.html", {"form": form, "pick": item}, status=status)


@door("library.view")
@require_safe
def pick(request: HttpRequest, pick_id: int) -> HttpResponse:
    """One pick with its follow-ups."""
    member = request.member  # type: ignore[attr-defined]
    item = queries.pick(pick_id)
    history = LedgerEntry.objects.filter(object_kind="pick", object_id=str(pick_id)).order_by("-number")[:20]
    rows = [ledger.item(row) for row in history]
    return render(
        request, "library/advice/pick.html",
        {
            "pick": item, "name": queries.names({item.symbol}).get(item.symbol, ""), "notes": item.notes.select_related("adviser").order_by("-at"),
            "mine": item.adviser_id == member.pk and member.may("advice.sign"), "results": Pick.Result.choices, "history": rows,
            "names": actor_names({row.actor for row in rows}), "price": actions.last_price(item.symbol),
        },
    )  # fmt: skip


@door("advice.sign")
@require_POST
def step(request: HttpRequest, pick_id: int, step: str) -> HttpResponse:
    """Sign a draft, or follow a signed pick up."""
    member = request.member  # type: ignore[attr-defined]
    if step == "sign":
        actions.sign_pick(pick_id, adviser=member)
        messages.success(request, _("已签发，会发给适当、签了协议的客户"))
    else:
        actions.follow_up(
            pick_id, request.POST.get("text", ""), adviser=member, close=request.POST.get("close", "")
        )
        messages.success(request, _("已记下，会发给收到过这条荐股的客户"))
    return redirect("library:pick", pick_id)


@door("library.view")
@require_safe
def ratings(request: HttpRequest) -> HttpResponse:
    """Rating changes; an adviser signs those that are to go to clients."""
    changed = request.GET.get("all", "") != "1"
    found = window(queries.ratings(changed_only=changed), request, size=50)
    return render(
        request, "library/advice/ratings.html",
        {
            "window": found, "names": queries.names({rating.symbol for rating in found.rows}), "changed": changed,
            "may_sign": request.member.may("advice.sign"),  # type: ignore[attr-defined]
        },
    )  # fmt: skip


@door("advice.sign")
@require_POST
def sign_rating(request: HttpRequest, rating_id: int) -> HttpResponse:
    actions.sign_rating(rating_id, adviser=request.member)  # type: ignore[attr-defined]
    messages.success(request, _("已签发，会发给持有和关注的客户"))
    return redirect("library:ratings")
