"""A line that is cut behaves as a lost route does (robustness 1.4, F08)."""

import asyncio

from benchmarks.faults.proxy import HOST, Proxy


async def test_of_attempts_given_up_while_the_line_was_cut_nobody_hears() -> None:
    """Those still there when it heals get through, with what they had said."""
    heard: asyncio.Queue[bytes] = asyncio.Queue()

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.put_nowait(await reader.readline())
        writer.close()

    async with await asyncio.start_server(listen, HOST, 0) as server, asyncio.timeout(10):
        with Proxy(server.sockets[0].getsockname()[1]) as wire:
            wire.cut()
            _, given_up = await asyncio.open_connection(HOST, wire.port)
            given_up.write(b"early\n")
            given_up.close()
            await given_up.wait_closed()
            _, patient = await asyncio.open_connection(HOST, wire.port)
            patient.write(b"late\n")
            while not wire.given_up:
                await asyncio.sleep(0.01)
            wire.heal()
            assert await heard.get() == b"late\n"
            patient.close()
            assert heard.empty()
