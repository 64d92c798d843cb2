"""A message centre that answers bind and submit and looks at nothing else: ``python -m bench.smsc_stub`` prints its port."""

from __future__ import annotations

import asyncio
import itertools
import struct

HEADER = struct.Struct(">IIII")


class Stub(asyncio.Protocol):
    """One session. Answers go out in one write for all that came in one read."""

    numbers = itertools.count(1)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport, self.rest = transport, b""

    def data_received(self, data: bytes) -> None:
        data = self.rest + data
        at, out = 0, []
        while len(data) - at >= 16:
            length, command, _status, sequence = HEADER.unpack_from(data, at)
            if len(data) - at < length:
                break
            at += length
            if command < 0x80000000:
                body = b"%020d\0" % next(self.numbers) if command == 4 else b"stub\0" if command == 9 else b""
                out.append(HEADER.pack(16 + len(body), command | 0x80000000, 0, sequence) + body)
        self.rest = data[at:]
        self.transport.write(b"".join(out))


async def main() -> None:
    server = await asyncio.get_running_loop().create_server(Stub, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
