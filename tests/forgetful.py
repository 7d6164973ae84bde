"""A broker that keeps messages but says nothing of them at a first subscription, as nats-server may (decision 0246)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from service.ingest.packets import publish


class Forgetful:
    """Speaks as much MQTT 3.1.1 as a birth needs. `kept` is said at each connection's second subscription, `live` after its first."""

    def __init__(self, kept: list[tuple[str, bytes]], live: list[tuple[str, bytes]] | None = None) -> None:
        self.kept = kept
        self.live = live or []
        self.port = 0
        self.host = "127.0.0.1"

    @property
    def url(self) -> str:
        return f"mqtt://{self.host}:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked = 0
        try:
            while True:
                head, body = await _packet(reader)
                if head == 0x10:
                    writer.write(b"\x20\x02\x00\x00")
                elif head == 0x82:
                    asked += 1
                    writer.write(b"\x90" + bytes([2 + (filters := _filters(body))]) + body[:2] + bytes(filters))
                    said = {1: self.live, 2: self.kept}.get(asked, [])
                    for number, (topic, payload) in enumerate(said, 1):
                        writer.write(publish(topic, payload, packet_id=number, retain=asked == 2))
                elif head & 0xF6 == 0x32:
                    size = int.from_bytes(body[:2])
                    writer.write(b"\x40\x02" + body[2 + size : 4 + size])
                elif head == 0xC0:
                    writer.write(b"\xd0\x00")
        except asyncio.IncompleteReadError:
            writer.close()


async def _packet(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    head = (await reader.readexactly(1))[0]
    length = shift = 0
    while True:
        digit = (await reader.readexactly(1))[0]
        length |= (digit & 0x7F) << shift
        shift += 7
        if not digit & 0x80:
            return head, await reader.readexactly(length)


def _filters(body: bytes) -> int:
    """How many topic filters a SUBSCRIBE asks for."""
    at, count = 2, 0
    while at < len(body):
        at += 2 + int.from_bytes(body[at : at + 2]) + 1
        count += 1
    return count


@asynccontextmanager
async def forgetting(kept: list[tuple[str, bytes]], live: list[tuple[str, bytes]] | None = None) -> AsyncIterator[Forgetful]:
    """It listens on a free port of 127.0.0.1."""
    broker = Forgetful(kept, live)
    server = await asyncio.start_server(broker.serve, broker.host, 0)
    broker.port = server.sockets[0].getsockname()[1]
    async with server:
        yield broker
