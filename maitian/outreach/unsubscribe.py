"""Opt-out by link: a signed address that switches one class of message off on one channel, by one click (RFC 8058)."""

from __future__ import annotations

from django.core import signing

from config import env
from maitian.clients import actions as clients
from maitian.clients.models import Channel, Client, MessageClass
from maitian.core.errors import NotFound

SALT = "maitian.unsubscribe"


def link(client_id: int, message_class: int, channel: int) -> str:
    """The address for one client, class and channel. It does not expire: an old mail can still be refused."""
    return f"{env.public_url()}/u/{signing.dumps([client_id, message_class, channel], salt=SALT)}/"


def read(token: str) -> tuple[Client, MessageClass, Channel]:
    """What a link is for. A changed one is as good as none."""
    try:
        client_id, message_class, channel = signing.loads(token, salt=SALT)
        return Client.objects.get(pk=client_id), MessageClass(message_class), Channel(channel)
    except (signing.BadSignature, ValueError, TypeError, Client.DoesNotExist):
        raise NotFound() from None


def withdraw(token: str) -> tuple[Client, MessageClass, Channel]:
    """Withdraw the consent that the link names; doing it twice changes nothing."""
    client, message_class, channel = read(token)
    clients.set_consent(client.pk, message_class, channel, False, source="link", proof="", actor=client.actor)
    return client, message_class, channel
