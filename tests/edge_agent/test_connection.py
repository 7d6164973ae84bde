"""The line to the broker itself (decision 0020)."""

import asyncio

import aiomqtt
import pytest

from edge_agent.connection import Connection

HOST = "127.0.0.1"
PATIENCE_S = 1000.0


async def test_a_line_that_closes_before_the_broker_answers_is_over_at_once() -> None:
    """F01: behind a proxy a broker that is away takes the connection and drops it; waiting for the answer would delay the next try."""

    async def drop(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.transport.abort()

    async with await asyncio.start_server(drop, HOST, 0) as server:
        with pytest.raises(aiomqtt.MqttError, match="closed before the broker answered"):
            async with Connection(HOST, server.sockets[0].getsockname()[1], timeout=PATIENCE_S):
                pass


async def test_an_attempt_in_vain_leaves_nothing_behind() -> None:
    """F08: an old attempt that a broker lets in late would drive out the connection made after it; both have one name."""
    ended = asyncio.Event()

    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        ended.set()
        writer.close()

    async with await asyncio.start_server(say_nothing, HOST, 0) as server:
        with pytest.raises(aiomqtt.MqttError, match="timed out"):
            async with Connection(HOST, server.sockets[0].getsockname()[1], timeout=0.1, keepalive=300):
                pass
        async with asyncio.timeout(10):
            await ended.wait()
