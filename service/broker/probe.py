"""Whether a broker answers MQTT: one CONNECT, one CONNACK."""

import asyncio
import os

PAUSE_S = 0.02
"""Between two tries, seconds."""

ANSWER_S = 5.0
"""How long one try may take, seconds; the first CONNECT makes nats-server lay its MQTT streams on disk."""

_CONNACK = bytes((0x20, 2, 0, 0))
_DISCONNECT = bytes((0xE0, 0))


def _connect(client_id: str) -> bytes:
    """A CONNECT packet of MQTT 3.1.1: clean session, keep-alive 10 s."""
    name = client_id.encode()
    body = b"\x00\x04MQTT\x04\x02\x00\x0a" + len(name).to_bytes(2, "big") + name
    return bytes((0x10, len(body))) + body


async def answers(host: str, port: int) -> bool:
    """True when the broker at `host:port` accepts an MQTT 3.1.1 connection now."""
    try:
        async with asyncio.timeout(ANSWER_S):
            reader, writer = await asyncio.open_connection(host, port)
            try:
                writer.write(_connect(f"ilex-probe-{os.getpid()}"))
                answer = await reader.readexactly(len(_CONNACK))
                writer.write(_DISCONNECT)
                await writer.drain()
            finally:
                writer.close()
    except (OSError, asyncio.IncompleteReadError, TimeoutError):
        return False
    return answer == _CONNACK


async def until_answer(host: str, port: int) -> None:
    """Return once the broker at `host:port` accepts connections; the caller bounds the time."""
    while not await answers(host, port):  # noqa: ASYNC110  # another process can't set an event of ours
        await asyncio.sleep(PAUSE_S)
