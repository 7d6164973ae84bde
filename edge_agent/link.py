"""One boot's line to the broker: birth, will, live lane, what the service says. Comes back by itself when it breaks."""

import asyncio
import contextlib
import ssl
from collections import deque
from collections.abc import Callable
from pathlib import Path

import aiomqtt
import msgspec
import structlog

from edge_agent.backlog import Backlog
from edge_agent.configuration import Broker, address
from edge_agent.connection import Connection
from edge_agent.ending import end
from wire.back_off import back_off_s
from wire.messages import Status
from wire.topics import Leaf, parse, topic

ANCHOR_S = 60.0
"""The clock anchor is renewed each minute (robustness 1.2, 7)."""
ASK_AGAIN_S = 2.0
"""The plan is asked for a second time this long after each connection (decision 0246)."""
CONNECT_S = 5.0
FAREWELL_S = 2.0

NONSENSE = (ValueError, RecursionError)
"""What a decoder raises at bytes that are no message, no text, or nested without end."""

_HEARD = (Leaf.STORED, Leaf.PLAN, Leaf.COMMAND, Leaf.EVENTS, Leaf.STATUS)

log = structlog.get_logger(__name__)


class Lane:
    """The live lane's queue: bounded; when it is full the oldest goes, for live means newest. `dropped` counts batches."""

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.peak = 0
        self.dropped = 0
        self.sent = 0
        self.waiting: deque[bytes] = deque()

    def put(self, payload: bytes) -> None:
        """One more waits; of too many the oldest is dropped."""
        if len(self.waiting) >= self.capacity:
            self.waiting.popleft()
            self.dropped += 1
        self.waiting.append(payload)
        self.peak = max(self.peak, len(self.waiting))

    def clear(self) -> None:
        """The line is gone: what waited is no longer live."""
        self.dropped += len(self.waiting)
        self.waiting.clear()

    def describe(self) -> dict[str, int]:
        """Depth, capacity, peak, dropped (architecture: every queue shows these four), and how many left."""
        return {
            "depth": len(self.waiting),
            "capacity": self.capacity,
            "peak": self.peak,
            "dropped": self.dropped,
            "sent": self.sent,
        }


class _Closed(Exception):
    """The agent has asked for the end."""


class Link:
    """The connection of one machine's boot. `status()` says what the machine is now, `hear(leaf, payload)` takes what arrives."""

    def __init__(
        self,
        broker: Broker,
        folder: Path,
        machine: str,
        boot: str,
        *,
        status: Callable[[], Status],
        hear: Callable[[Leaf, bytes], None],
        backlog: Backlog,
        queue: int = 50,
        anchor_s: float = ANCHOR_S,
    ) -> None:
        self._broker = broker
        self._folder = folder
        self._machine = machine
        self._boot = boot
        self._status = status
        self._hear = hear
        self._backlog = backlog
        self._anchor_s = anchor_s
        self._samples = topic(machine, Leaf.SAMPLES)
        self.lane = Lane(queue)
        self.connected = asyncio.Event()
        self.connections = 0
        self._client: Connection | None = None
        self._free = asyncio.Event()
        self._news = asyncio.Event()
        self._closing = asyncio.Event()

    def offer(self, payload: bytes) -> bool:
        """Send a batch on the live lane, or let it wait for a full socket; False when the line is down. Never waits itself."""
        client = self._client
        if client is None:
            self.lane.dropped += 1
            return False
        if not self.lane.waiting and client.publish_now(self._samples, payload):
            self.lane.sent += 1
        else:
            self.lane.put(payload)
        return True

    async def room(self) -> None:
        """Return when the line is up and takes more without dropping: for sources that can wait."""
        while self._client is None or len(self.lane.waiting) * 2 > self.lane.capacity:
            self._free.clear()
            await self._free.wait()

    def announce(self) -> None:
        """The status has changed: say it soon."""
        self._news.set()

    async def say(self, leaf: Leaf, message: msgspec.Struct) -> bool:
        """Publish at QoS 1; True when the broker has it, False when the line is down or breaks on the way."""
        client = self._client
        if client is None:
            return False
        try:
            await client.publish(topic(self._machine, leaf), msgspec.json.encode(message), qos=1)
        except aiomqtt.MqttError:
            return False
        return True

    async def close(self, task: asyncio.Task[None]) -> None:
        """End `run` in good order: what waits is sent, a last status (offline) published. A dead line is given 2 s."""
        self._closing.set()
        await asyncio.wait([task], timeout=FAREWELL_S)
        await end([task])

    async def run(self) -> None:
        """Connect, serve, come back, until closed."""
        now_s = asyncio.get_running_loop().time
        lost_s, told = now_s(), False
        while not self._closing.is_set():
            before = self.connections
            try:
                await self._serve()
            except _Closed:
                return
            except (aiomqtt.MqttError, OSError) as error:
                if self.connections > before or not told:
                    log.warning("no broker", machine=self._machine, broker=self._broker.url, reason=str(error))
                    told = True
            except Exception:  # whatever it was, the machine must not stay silent
                log.exception("the line broke", machine=self._machine)
            if self.connections > before:
                lost_s, told = now_s(), False
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(back_off_s(now_s() - lost_s)):
                    await self._closing.wait()

    async def _serve(self) -> None:
        """One connection from birth to its end. Raises MqttError when it breaks, _Closed after the farewell."""
        async with self._connection() as client:
            # At QoS 0: with a clean session QoS 1 would save nothing more, and costs the broker a durable consumer each (decision 0020).
            await client.subscribe([(topic(self._machine, leaf), 0) for leaf in _HEARD])
            await self._publish_status(client)
            self.connections += 1
            self._client = client
            client.writable = self._drain
            self.connected.set()
            self._free.set()
            log.info("connected", machine=self._machine, broker=self._broker.url, boot=self._boot)
            parts = [asyncio.create_task(part(client)) for part in (self._receive, self._renew, self._part, self._backfill)]
            again = asyncio.create_task(self._ask_again(client))
            try:
                done, _ = await asyncio.wait(parts, return_when=asyncio.FIRST_COMPLETED)
                for part in done:
                    part.result()
            finally:
                self._client = None
                self.connected.clear()
                self.lane.clear()
                if self._closing.is_set():
                    self._backlog.gone()
                else:
                    self._backlog.broke()
                await end([*parts, again])

    def _connection(self) -> Connection:
        broker = self._broker
        where = address(broker)
        last_words = Status(online=False, boot=self._boot)
        return Connection(
            where.host,
            where.port,
            # A name by boot: after a break the new connection replaces the old one at once, and its late will comes first.
            identifier=f"ilex-{self._boot}",
            username=broker.username,
            password=(self._folder / broker.password_file).read_text().strip() if broker.password_file else None,
            tls_context=ssl.create_default_context(cafile=self._ca_file()) if where.tls else None,
            will=aiomqtt.Will(topic(self._machine, Leaf.STATUS), msgspec.json.encode(last_words), 1, True),
            keepalive=broker.keepalive_s,
            timeout=CONNECT_S,
            max_queued_incoming_messages=1000,
            max_queued_outgoing_messages=1000,
        )

    def _ca_file(self) -> str | None:
        return str(self._folder / self._broker.ca_file) if self._broker.ca_file else None

    async def _publish_status(self, client: Connection) -> None:
        await client.publish(topic(self._machine, Leaf.STATUS), msgspec.json.encode(self._status()), qos=1, retain=True)

    def _drain(self) -> None:
        """The socket has room again."""
        client, lane = self._client, self.lane
        while client is not None and lane.waiting and client.publish_now(self._samples, lane.waiting[0]):
            lane.waiting.popleft()
            lane.sent += 1
        self._free.set()

    async def _ask_again(self, client: Connection) -> None:
        """Hear the plan also where the broker took it just before this connection, and forgot to say it."""
        await asyncio.sleep(ASK_AGAIN_S)
        await client.subscribe(topic(self._machine, Leaf.PLAN), 0)

    async def _receive(self, client: Connection) -> None:
        planned = False
        async for message in client.messages:
            leaf = parse(str(message.topic)).leaf
            payload = bytes(message.payload) if isinstance(message.payload, bytes | bytearray) else b""
            if leaf is Leaf.STATUS:
                self._watch_will(payload)
            elif leaf is not Leaf.PLAN or not planned or not message.retain:
                planned = planned or leaf is Leaf.PLAN
                self._hear(leaf, payload)

    def _watch_will(self, payload: bytes) -> None:
        """Should an old connection's will come after our birth, say again that we live."""
        with contextlib.suppress(*NONSENSE):
            seen = msgspec.json.decode(payload, type=Status)
            if seen.boot == self._boot and not seen.online and not self._closing.is_set():
                self.announce()

    async def _renew(self, client: Connection) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._anchor_s):  # wait_for would lose a cancellation that comes with the news (Python 3.11)
                    await self._news.wait()
            self._news.clear()
            if not self._closing.is_set():  # the farewell has the last word
                await self._publish_status(client)

    async def _backfill(self, client: Connection) -> None:
        where = topic(self._machine, Leaf.BACKFILL)

        async def say(payload: bytes) -> bool:
            try:
                await client.publish(where, payload, qos=1)
            except aiomqtt.MqttError:
                return False
            return True

        await self._backlog.serve(say, self._idle)

    async def _idle(self) -> None:
        """Return when the live lane is out."""
        while self.lane.waiting:
            self._free.clear()
            await self._free.wait()

    async def _part(self, client: Connection) -> None:
        await self._closing.wait()
        await self._idle()
        last = msgspec.structs.replace(self._status(), online=False)
        await client.publish(topic(self._machine, Leaf.STATUS), msgspec.json.encode(last), qos=1, retain=True)
        raise _Closed
