"""MQTT 3.1.1 packets as a service needs them: bytes in, packets out; no I/O (source: OASIS MQTT 3.1.1, the clause beside each).

A core of our own because it is five times cheaper a message than the next best client and hands over whole bursts
(decision 0050, `benchmarks/ingest.py`). QoS 0 and 1 only.
"""

from typing import NamedTuple

PINGREQ = b"\xc0\x00"
DISCONNECT = b"\xe0\x00"
MOST_KEPT_BYTES = 512 * 1024
"""Of a longer packet only this much is kept; the rest is read and let go, so that a hostile length costs no memory."""


class MqttError(Exception):
    """The other side does not speak MQTT 3.1.1, or refused us; the text says which."""


class Publication(NamedTuple):
    """A PUBLISH (3.3): `packet_id` is 0 at QoS 0."""

    topic: str
    payload: bytes
    retained: bool
    packet_id: int


class Accepted(NamedTuple):
    """A CONNACK (3.2): `code` 0 = welcome."""

    code: int


class Confirmed(NamedTuple):
    """A PUBACK (3.4)."""

    packet_id: int


class Subscribed(NamedTuple):
    """A SUBACK (3.9): `refused` where one of the subscriptions was (return code 0x80)."""

    refused: bool


Packet = Publication | Accepted | Confirmed | Subscribed


class Reader:
    """Bytes as they come off the socket -> packets, in order. PINGRESP counts as life only and gives none."""

    def __init__(self) -> None:
        self._rest = b""
        self._skip = 0
        self._topics: dict[bytes, str] = {}

    def feed(self, data: bytes) -> list[Packet]:
        """Any piece of the stream; the packets that it completes. Raises MqttError."""
        if self._skip:
            data = self._pass_over(data)
        if self._rest:
            data = self._rest + data
        packets: list[Packet] = []
        at, size = 0, len(data)
        while size - at >= 2:
            # Fixed header (2.2): type and flags, then a length of 1 to 4 bytes, 7 bits each.
            head, length, body = data[at], data[at + 1], at + 2
            if length & 0x80:
                length &= 0x7F
                shift = 7
                while True:
                    if body >= size:
                        self._rest = data[at:]
                        return packets
                    digit = data[body]
                    body += 1
                    length |= (digit & 0x7F) << shift
                    if not digit & 0x80:
                        break
                    shift += 7
                    if shift > 21:
                        raise MqttError("a length of more than four bytes (MQTT 2.2.3)")
            end = body + length
            if end > size:
                if length > MOST_KEPT_BYTES and size - body >= MOST_KEPT_BYTES:
                    self._packet(head, data[body : body + MOST_KEPT_BYTES], packets)
                    self._skip = end - size
                    at = size
                break
            self._packet(head, data[body:end], packets)
            at = end
        self._rest = data[at:]
        return packets

    def _pass_over(self, data: bytes) -> bytes:
        passed = min(self._skip, len(data))
        self._skip -= passed
        return data[passed:]

    def _packet(self, head: int, body: bytes, packets: list[Packet]) -> None:
        kind = head >> 4
        if kind == 3:
            packets.append(self._publication(head, body))
        elif kind == 4 and len(body) == 2:
            packets.append(Confirmed(int.from_bytes(body, "big")))
        elif kind == 2 and len(body) == 2:
            packets.append(Accepted(body[1]))
        elif kind == 9 and len(body) >= 3:
            packets.append(Subscribed(0x80 in body[2:]))
        elif kind not in (11, 13):  # UNSUBACK, PINGRESP
            raise MqttError(f"an unexpected packet: type {kind}, {len(body)} bytes")

    def _publication(self, head: int, body: bytes) -> Publication:
        if len(body) < 2:
            raise MqttError("a PUBLISH without a topic (MQTT 3.3.2)")
        start = 2 + (body[0] << 8 | body[1])
        name = body[2:start]
        topic = self._topics.get(name)
        if topic is None:
            topic = name.decode(errors="replace")
            if len(self._topics) < 4096:
                self._topics[name] = topic
        quality = head >> 1 & 3
        if not quality:
            return Publication(topic, body[start:], bool(head & 1), 0)
        if quality != 1 or len(body) < start + 2:
            raise MqttError(f"a PUBLISH of QoS {quality}, {len(body)} bytes (we subscribe to 0 and 1)")
        return Publication(topic, body[start + 2 :], bool(head & 1), body[start] << 8 | body[start + 1])


def connect(client_id: str, keep_alive_s: int, username: str | None = None, password: str | None = None) -> bytes:
    """CONNECT (3.1), clean session, no will."""
    flags = 0x02 | (0x80 if username is not None else 0) | (0x40 if password is not None else 0)
    body = b"\x00\x04MQTT\x04" + bytes([flags]) + keep_alive_s.to_bytes(2, "big") + _text(client_id)
    body += b"".join(_text(part) for part in (username, password) if part is not None)
    return b"\x10" + _length(len(body)) + body


def subscribe(packet_id: int, filters: dict[str, int]) -> bytes:
    """SUBSCRIBE (3.8): topic filter -> QoS."""
    body = packet_id.to_bytes(2, "big") + b"".join(_text(topic) + bytes([quality]) for topic, quality in filters.items())
    return b"\x82" + _length(len(body)) + body


def publish(topic: str, payload: bytes, *, packet_id: int = 0, retain: bool = False, again: bool = False) -> bytes:
    """PUBLISH (3.3): QoS 1 with a packet id, QoS 0 without; `again` marks a repetition."""
    name = _text(topic)
    head = 0x30 | (0x02 if packet_id else 0) | (0x08 if again else 0) | retain
    number = packet_id.to_bytes(2, "big") if packet_id else b""
    return bytes([head]) + _length(len(name) + len(number) + len(payload)) + name + number + payload


def puback(packet_id: int) -> bytes:
    """PUBACK (3.4)."""
    return b"\x40\x02" + packet_id.to_bytes(2, "big")


def _text(text: str) -> bytes:
    data = text.encode()
    return len(data).to_bytes(2, "big") + data


def _length(length: int) -> bytes:
    digits = bytearray()
    while True:
        length, digit = length >> 7, length & 0x7F
        digits.append(digit | (0x80 if length else 0))
        if not length:
            return bytes(digits)
