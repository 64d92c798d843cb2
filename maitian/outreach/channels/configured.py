"""The pools that settings name: ``GATEWAYS = {"sms": [{"kind": "smpp", …}], "email": [{"kind": "smtp", …}]}``."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any, cast

from django.conf import settings

from config.env import SettingWrong
from maitian.outreach.channels import Gateway
from maitian.outreach.channels.cloud import CloudGateway
from maitian.outreach.channels.mail import MailGateway
from maitian.outreach.channels.pool import Pool
from maitian.outreach.channels.smpp import SmppGateway

KINDS: dict[str, Callable[..., Gateway]] = {"cloud": CloudGateway, "smpp": SmppGateway, "smtp": MailGateway}


def pool(channel: str) -> Pool:
    """The pool of ``sms`` or ``email``, the preferred gateway first."""
    return Pool([gateway(entry) for entry in settings.GATEWAYS[channel]])


@functools.cache
def cloud(name: str) -> CloudGateway | None:
    """The cloud of this name, to understand what it pushes; nothing is sent by this object."""
    entry = next((e for e in settings.GATEWAYS["sms"] if e["name"] == name and e["kind"] == "cloud"), None)
    return cast("CloudGateway", gateway(entry)) if entry is not None else None


def gateway(entry: Mapping[str, Any]) -> Gateway:
    """One gateway from its settings. Raises :class:`SettingWrong` with what is wrong with them."""
    how = dict(entry)
    kind = how.pop("kind")
    try:
        return KINDS[kind](**how)
    except KeyError:
        known = "、".join(sorted(KINDS))
        raise SettingWrong(
            f"网关 {how.get('name')} 的 kind 是“{kind}”，只有 {known}。",
            f"The gateway {how.get('name')} has the kind “{kind}”; there are {', '.join(sorted(KINDS))}.",
        ) from None
    except (TypeError, ValueError) as error:
        raise SettingWrong(
            f"网关 {how.get('name')} 的设置不对：{error}。见 docs/operations.md。",
            f"The settings of the gateway {how.get('name')} are wrong: {error}. See docs/operations.md.",
        ) from error
