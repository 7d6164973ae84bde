"""The service's connection to the broker: for ever, in bursts, nothing unbounded."""

import asyncio
import ssl
from collections import deque
from collections.abc import Callable, Collection
from typing import NamedTuple, cast
from urllib.parse import unquote, urlsplit

import structlog

from service.ingest import packets
from service.ingest.packets import Accepted, Confirmed, MqttError, Publication, Reader, Subscribed
from service.metrics import Queue
from wire.back_off import back_off_s

KEEP_ALIVE_S = 10
"""A dead connection is noticed within one and a half times this (MQTT 3.1.2.10)."""
CONNECT_S = 5.0
GOODBYE_S = 1.0
OUTBOX = 10_000
"""QoS 1 messages not yet confirmed; beyond it the oldest waiting one is dropped and counted. Screens and recordings miss none."""
IN_FLIGHT = 256
MOST_IN_A_BURST = 128
"""Messages handled in one go, about 10 ms: nobody else has a turn meanwhile."""
MOST_UNWRITTEN_BYTES = 1024 * 1024
"""A broker that does not read gets no more QoS 0 than this."""
ASK_AGAIN_S = 2.0
"""Retained messages are asked for a second time this long after each connection (decision 0246)."""
MOST_HEARD = 4096
"""Topics of one connection remembered as heard of; retained messages of further ones are heard twice, which changes nothing."""

log = structlog.get_logger()


class _Outgoing(NamedTuple):
    topic: str
    payload: bytes
    retain: bool


class Link:
    """Keeps one clean-session connection alive; gives the messages of each read in one call of `deliver`.

    QoS 1 messages are confirmed to the broker after `deliver` returns. `publish` is callable at any time: QoS 0 is dropped while there is
    no connection, QoS 1 is kept and sent again until the broker confirms. `connected` is called after each (re)subscription. Both
    callbacks run on the event loop and must not raise. `retained` names the filters whose messages the broker keeps.
    """

    def __init__(
        self,
        url: str,
        filters: dict[str, int],
        deliver: Callable[[list[Publication]], None],
        connected: Callable[[], None],
        *,
        client_id: str,
        retained: Collection[str] = (),
    ) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("mqtt", "mqtts") or not parts.hostname:
            raise ValueError(f"expected mqtt://[user:password@]host[:port] or mqtts://..., got {url!r}")
        self.host = parts.hostname
        self.port = parts.port or (8883 if parts.scheme == "mqtts" else 1883)
        self._tls = ssl.create_default_context() if parts.scheme == "mqtts" else None
        self._username = unquote(parts.username) if parts.username else None
        self._password = unquote(parts.password) if parts.password else None
        self._filters = filters
        self._retained = {name: filters[name] for name in retained}
        self._deliver = deliver
        self._connected = connected
        self._client_id = client_id
        self._wire: _Wire | None = None
        self._task: asyncio.Task[None] | None = None
        self._waiting: deque[_Outgoing] = deque()
        self._unconfirmed: dict[int, _Outgoing] = {}
        self._last_id = 0
        self.online = asyncio.Event()
        self.outbox = Queue("outbox", OUTBOX)
        self.connections = 0
        self._leaving = False
        self.unsent = 0
        """QoS 0 messages dropped because there was no connection or it did not take them."""

    def start(self) -> None:
        """Begin; returns at once, the first connection comes when the broker does."""
        self._task = asyncio.get_running_loop().create_task(self._run(), name="mqtt link")

    async def close(self) -> None:
        """Send what can be sent, say goodbye."""
        self._leaving = True
        wire = self._wire if self.online.is_set() else None
        if wire is not None:
            wire.goodbye()
            await asyncio.wait([wire.gone], timeout=GOODBYE_S)
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    def publish(self, topic: str, payload: bytes, *, qos: int = 0, retain: bool = False) -> None:
        """One message; never waits. Small bursts leave in one write."""
        if qos == 0:
            if self._wire is not None and self.online.is_set() and not self._wire.stalled:
                self._wire.put(packets.publish(topic, payload, retain=retain))
            else:
                self.unsent += 1
            return
        if len(self._waiting) + len(self._unconfirmed) >= OUTBOX and self._waiting:
            self._waiting.popleft()
            self.outbox.dropped += 1
        self._waiting.append(_Outgoing(topic, payload, retain))
        self._send_waiting()

    def _send_waiting(self) -> None:
        wire = self._wire
        if wire is not None and self.online.is_set():
            while self._waiting and len(self._unconfirmed) < IN_FLIGHT:
                message = self._waiting.popleft()
                number = self._next_id()
                self._unconfirmed[number] = message
                wire.put(packets.publish(message.topic, message.payload, packet_id=number, retain=message.retain))
        self.outbox.now(len(self._waiting) + len(self._unconfirmed))

    def _next_id(self) -> int:
        while True:
            self._last_id = self._last_id % 65535 + 1
            if self._last_id not in self._unconfirmed:
                return self._last_id

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        lost_s, told = loop.time(), ""
        while True:
            wire = _Wire(self)
            try:
                async with asyncio.timeout(CONNECT_S):
                    await loop.create_connection(lambda wire=wire: wire, self.host, self.port, ssl=self._tls)
                    wire.put(packets.connect(self._client_id, KEEP_ALIVE_S, self._username, self._password))
                    await wire.ready
                self.connections += 1
                reason = await self._watch(wire)
            except (OSError, MqttError, TimeoutError) as error:
                reason = str(error) or type(error).__name__
            except Exception as error:  # whatever it was: without this line the clinic stands still
                log.exception("fault in the broker connection")
                reason = type(error).__name__
            finally:
                if self.online.is_set():
                    lost_s, told = loop.time(), ""
                self.online.clear()
                self._wire = None
                wire.abort()
            if self._leaving:
                return
            if reason != told:
                log.warning("no broker", host=self.host, port=self.port, reason=reason)
                told = reason
            await asyncio.sleep(back_off_s(loop.time() - lost_s))

    async def _watch(self, wire: "_Wire") -> str:
        """Ping while it lives; returns why it ended."""
        while True:
            heard = wire.heard
            done, _ = await asyncio.wait([wire.lost], timeout=KEEP_ALIVE_S / 2)
            if done:
                return wire.lost.result()
            if heard == wire.heard and wire.pinged:
                return f"nothing heard for {KEEP_ALIVE_S} s"
            wire.pinged = heard == wire.heard
            wire.put(packets.PINGREQ)

    # What the wire tells.

    def welcome(self, wire: "_Wire") -> None:
        """The broker lets us in: subscribe."""
        wire.put(packets.subscribe(self._next_id(), self._filters))

    def subscribed(self, wire: "_Wire") -> None:
        """The line stands."""
        self._wire = wire
        self.online.set()
        log.info("broker connected", host=self.host, port=self.port)
        # What the last connection left unconfirmed goes first, in its order (MQTT 4.4).
        self._waiting.extendleft(reversed(self._unconfirmed.values()))
        self._unconfirmed.clear()
        self._connected()
        self._send_waiting()
        if self._retained:
            asyncio.get_running_loop().call_later(ASK_AGAIN_S, self._ask_again, wire)

    def _ask_again(self, wire: "_Wire") -> None:
        """What the broker kept of topics that it said nothing of."""
        if wire is self._wire:
            wire.put(packets.subscribe(self._next_id(), self._retained))

    def confirmed(self, packet_id: int) -> None:
        """The broker has a message of ours."""
        self._unconfirmed.pop(packet_id, None)
        self._send_waiting()

    def received(self, burst: list[Publication]) -> None:
        """The messages of one read."""
        self._deliver(burst)


class _Wire(asyncio.Protocol):
    """One connection's socket."""

    def __init__(self, link: Link) -> None:
        loop = asyncio.get_running_loop()
        self._loop = loop
        self._link = link
        self._reader = Reader()
        self._transport: asyncio.Transport | None = None
        self._out: list[bytes] = []
        self._flushing = False
        self._burst: list[Publication] = []
        self._resting = False
        self._paused = False
        self.ready: asyncio.Future[None] = loop.create_future()
        self.lost: asyncio.Future[str] = loop.create_future()
        self.gone: asyncio.Future[None] = loop.create_future()
        self._heard_of: set[str] = set()
        self.heard = 0
        self.pinged = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports do not derive from asyncio.Transport.
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self.heard += 1
        try:
            received = self._reader.feed(data)
        except MqttError as error:
            self._end(str(error))
            return
        burst = self._burst
        for packet in received:
            if type(packet) is Publication:
                if self._is_news(packet):
                    burst.append(packet)
            else:
                self._control(packet)
        if not self._resting:
            self._hand_over()

    def _is_news(self, message: Publication) -> bool:
        """False for what the broker kept of a topic that this connection has heard of since: it is that or older."""
        if message.packet_id:
            if message.retained and message.topic in self._heard_of:
                self._out.append(packets.puback(message.packet_id))
                return False
            if len(self._heard_of) < MOST_HEARD:
                self._heard_of.add(message.topic)
        return True

    def _hand_over(self) -> None:
        """A burst to the line. After a stall it is long: then in parts, so that screens, timers and acknowledgements get their turn."""
        self._resting = False
        burst = self._burst
        if len(burst) > MOST_IN_A_BURST:
            self._burst = burst[MOST_IN_A_BURST:]
            burst = burst[:MOST_IN_A_BURST]
        else:
            self._burst = []
        if burst:
            self._link.received(burst)
            for message in burst:
                if message.packet_id:
                    self._out.append(packets.puback(message.packet_id))
        if self._out:
            self._flush()
        if self._burst:
            self._resting = True
            self._loop.call_soon(self._hand_over)
        self._pause(bool(self._burst))

    def _pause(self, paused: bool) -> None:
        if paused != self._paused and self._transport is not None and not self._transport.is_closing():
            self._paused = paused
            if paused:
                self._transport.pause_reading()
            else:
                self._transport.resume_reading()

    def _control(self, packet: packets.Packet) -> None:
        if isinstance(packet, Confirmed):
            self._link.confirmed(packet.packet_id)
        elif isinstance(packet, Accepted):
            if packet.code:
                self._end(f"the broker refused the connection: code {packet.code} (MQTT 3.2.2.3)")
            else:
                self._link.welcome(self)
        elif isinstance(packet, Subscribed):
            if packet.refused:
                self._end("the broker refused a subscription")
            elif not self.ready.done():
                self.ready.set_result(None)
                self._link.subscribed(self)

    @property
    def stalled(self) -> bool:
        return self._transport is None or self._transport.get_write_buffer_size() > MOST_UNWRITTEN_BYTES

    def put(self, packet: bytes) -> None:
        self._out.append(packet)
        if not self._flushing:
            self._flushing = True
            self._loop.call_soon(self._flush)

    def _flush(self) -> None:
        self._flushing = False
        if self._out and self._transport is not None and not self._transport.is_closing():
            self._transport.write(b"".join(self._out))
        self._out.clear()

    def goodbye(self) -> None:
        self._out.append(packets.DISCONNECT)
        self._flush()
        if self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def _end(self, reason: str) -> None:
        if not self.ready.done():
            self.ready.set_exception(MqttError(reason))
        if not self.lost.done():
            self.lost.set_result(reason)
        self.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self._end(str(exc) if exc else "closed by the broker")
        if not self.gone.done():
            self.gone.set_result(None)
