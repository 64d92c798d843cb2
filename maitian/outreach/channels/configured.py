"""The pools that settings name: ``GATEWAYS = {"sms": [{"kind": "smpp", …}], "email": [{"kind": "smtp", …}]}``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings

from maitian.outreach.channels import Gateway
from maitian.outreach.channels.mail import MailGateway
from maitian.outreach.channels.pool import Pool
from maitian.outreach.channels.smpp import SmppGateway

KINDS: dict[str, Callable[..., Gateway]] = {"smpp": SmppGateway, "smtp": MailGateway}


def pool(channel: str) -> Pool:
    """The pool of ``sms`` or ``email``, the preferred gateway first."""
    gateways = []
    for entry in settings.GATEWAYS[channel]:
        how: dict[str, Any] = dict(entry)
        gateways.append(KINDS[how.pop("kind")](**how))
    return Pool(gateways)
