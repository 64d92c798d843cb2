"""Both simulators in one process: ``python -m maitian simulators``."""

from __future__ import annotations

import asyncio

from config import env
from maitian.simulators import mail
from maitian.simulators.smsc import MessageCentre
from maitian.simulators.store import Log


async def serve() -> None:
    folder = env.VAR / "simulators"
    letters = Log(folder / "mail.jsonl")
    server = await asyncio.get_running_loop().create_server(
        lambda: mail.protocol(letters), "127.0.0.1", env.SMTP_PORT
    )
    async with server:
        await MessageCentre(Log(folder / "sms.jsonl")).serve("127.0.0.1", env.SMPP_PORT)


def main() -> int:
    asyncio.run(serve())
    return 0
