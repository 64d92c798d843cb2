"""The simulators in one process: ``python -m maitian simulators``."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

from config import env
from maitian.simulators import letters, mail, orders
from maitian.simulators.cloud import Cloud
from maitian.simulators.smsc import MessageCentre
from maitian.simulators.store import Log

TELL_EVERY = 3.0  # seconds


class Simulators:
    """Two SMS gateways by SMPP, one by HTTP, a mail server, and the orders they follow."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        texts = Log(folder / "sms.jsonl")
        self.centres = {name: MessageCentre(texts, name=name) for name in ("simulator", "backup")}
        self.cloud = Cloud(texts)
        self.sink = mail.Sink(Log(folder / "mail.jsonl"))
        self.gone: set[str] = set()
        for centre in self.centres.values():
            centre.behaviour.gone = self.gone
        self.cloud.conduct.gone = self.gone
        self.sink.gone = self.gone
        self.inbox = letters.Inbox(folder / "inbox")

    def follow(self, order: dict[str, Any]) -> None:
        """Do what a person wants to see; an order that makes no sense changes nothing."""
        what, name = order.get("do"), str(order.get("gateway", ""))
        if what == "mode" and order.get("mode") in orders.MODES:
            if name in self.centres:
                self.centres[name].set_mode(order["mode"])
            elif name == self.cloud.name:
                self.cloud.set_mode(order["mode"])
            elif name == "sink":
                self.sink.mode = order["mode"]
        elif what == "reply" and name in self.centres and order.get("phone") and order.get("text"):
            self.centres[name].say(str(order["phone"]), str(order["text"])[:600])
        elif what == "reply" and name == self.cloud.name and order.get("phone") and order.get("text"):
            self.cloud.say(str(order["phone"]), str(order["text"])[:600])
        elif what == "letter" and order.get("from") and order.get("kind", "plain") in letters.KINDS:
            self.inbox.add(letters.compose(order))
        elif what == "gone" and order.get("to"):
            (self.gone.add if order.get("gone") else self.gone.discard)(str(order["to"]))

    def state(self) -> dict[str, Any]:
        lines = [
            {"name": name, "kind": "sms", "mode": centre.behaviour.mode, "accepted": centre.messages, "bound": centre.bound}
            for name, centre in self.centres.items()
        ]  # fmt: skip
        cloud = self.cloud
        lines.append(
            {
                "name": cloud.name,
                "kind": "sms",
                "mode": cloud.conduct.mode,
                "accepted": cloud.accepted,
                "bound": 0,
            }
        )
        lines.append(
            {
                "name": "sink",
                "kind": "mail",
                "mode": self.sink.mode,
                "accepted": self.sink.accepted,
                "bound": 0,
            }
        )
        return {"lines": lines, "gone": sorted(self.gone)}

    async def obey(self) -> None:
        """Look for orders; tell how things are when they change, and now and then."""
        waiting = orders.Orders(self.folder)
        told: dict[str, Any] = {}
        told_at = 0.0
        while True:
            for order in waiting.fresh():
                self.follow(order)
            state = self.state()
            if state != told or time.monotonic() - told_at > TELL_EVERY:
                orders.tell(self.folder, state)
                told, told_at = state, time.monotonic()
            await asyncio.sleep(orders.LOOK_EVERY)


async def serve() -> None:
    simulators = Simulators(env.VAR / "simulators")
    server = await asyncio.get_running_loop().create_server(
        lambda: mail.protocol(simulators.sink), "127.0.0.1", env.SMTP_PORT
    )
    ports = {"simulator": env.SMPP_PORT, "backup": env.SMPP2_PORT}
    async with server:
        await asyncio.gather(
            simulators.obey(), simulators.cloud.serve("127.0.0.1", env.CLOUD_PORT),
            letters.ImapServer(simulators.inbox).serve("127.0.0.1", env.IMAP_PORT),
            *(centre.serve("127.0.0.1", ports[name]) for name, centre in simulators.centres.items())
        )  # fmt: skip


def main() -> int:
    asyncio.run(serve())
    return 0
