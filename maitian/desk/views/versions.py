"""What the pages of proposed versions share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from maitian.core.errors import DomainError, NotFound
from maitian.desk.models.versions import Version


def answered(
    request: HttpRequest,
    version: Version,
    answer: str,
    *,
    approve: Callable[[], HttpResponse],
    refuse: Callable[[str], Any],
    page: Callable[..., HttpResponse],
    address: str,
) -> HttpResponse:
    """A checker's answer: ``approve`` or ``refuse`` with the reason that the form gives. A refusal of the answer itself
    shows the version again (``page``) with what is wrong."""
    try:
        if answer == "approve":
            return approve()
        if answer != "refuse":
            raise NotFound()
        refuse(request.POST.get("reason", ""))
    except DomainError as refused:
        if refused.status == 404:
            raise
        version.refresh_from_db()
        return page(request, version, error=refused.sentence(), status=refused.status)
    messages.success(request, _("已退回"))
    return redirect(address, version.pk)
