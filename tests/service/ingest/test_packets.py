"""MQTT 3.1.1 packets (OASIS MQTT 3.1.1): whatever the pieces, the same packets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.ingest.packets import (
    MOST_KEPT_BYTES,
    Accepted,
    Confirmed,
    MqttError,
    Publication,
    Reader,
    Subscribed,
    connect,
    puback,
    publish,
    subscribe,
)


def test_a_connect_is_as_the_specification_draws_it() -> None:
    assert connect("a", 10) == b"\x10\x0d\x00\x04MQTT\x04\x02\x00\x0a\x00\x01a"
    assert connect("a", 10, "u", "p") == b"\x10\x13\x00\x04MQTT\x04\xc2\x00\x0a\x00\x01a\x00\x01u\x00\x01p"


def test_a_subscription_names_its_quality() -> None:
    assert subscribe(1, {"a/b": 1}) == b"\x82\x08\x00\x01\x00\x03a/b\x01"


def test_every_packet_that_we_read() -> None:
    stream = b"\x20\x02\x00\x00" + b"\x40\x02\x00\x07" + b"\x90\x04\x00\x01\x00\x80" + b"\xd0\x00" + puback(9)
    assert Reader().feed(stream) == [Accepted(0), Confirmed(7), Subscribed(True), Confirmed(9)]


@given(
    st.lists(st.tuples(st.text(min_size=1, max_size=30), st.binary(max_size=300), st.integers(0, 65535), st.booleans()), max_size=8),
    st.integers(1, 50),
)
def test_messages_survive_any_cutting_of_the_stream(messages: list[tuple[str, bytes, int, bool]], piece: int) -> None:
    stream = b"".join(publish(topic, payload, packet_id=number, retain=retain) for topic, payload, number, retain in messages)
    reader = Reader()
    read = [packet for at in range(0, len(stream), piece) for packet in reader.feed(stream[at : at + piece])]
    assert read == [Publication(topic, payload, retain, number) for topic, payload, number, retain in messages]


def test_a_hostile_length_costs_no_memory() -> None:
    reader = Reader()
    size = 3 * MOST_KEPT_BYTES
    stream = publish("t", bytes(size)) + publish("u", b"after")
    read = []
    for at in range(0, len(stream), 65536):
        read += reader.feed(stream[at : at + 65536])
        assert len(reader._rest) <= MOST_KEPT_BYTES + 65536
    assert [packet.topic for packet in read if isinstance(packet, Publication)] == ["t", "u"]
    assert isinstance(read[0], Publication)
    assert len(read[0].payload) <= MOST_KEPT_BYTES


@pytest.mark.parametrize(
    "stream",
    [
        pytest.param(b"\x30\xff\xff\xff\xff\xff", id="a length of five bytes"),
        pytest.param(b"\x30\x01a", id="no topic"),
        pytest.param(b"\x34\x05\x00\x01a\x00\x01", id="QoS 2"),
        pytest.param(b"\x00\x00", id="type 0"),
        pytest.param(b"HTTP/1.1 400 Bad Request\r\n\r\n", id="another protocol"),
    ],
)
def test_what_is_not_mqtt_is_refused(stream: bytes) -> None:
    with pytest.raises(MqttError):
        Reader().feed(stream + b"\x00" * 200)
