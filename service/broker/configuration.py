"""The settings of the embedded nats-server, each with its reason (limits.md 1, robustness-and-screens.md 1.2 (10))."""

import json
from pathlib import Path

MAX_PAYLOAD_BYTES = 1024 * 1024
"""nats-server cuts the connection of a client that sends more, again and again where the client repeats the message
(robustness-and-screens.md M3). So this lies far above the contract's 32 KiB: what is too large reaches the service,
which counts it and keeps it in quarantine (contract 2)."""

_TEMPLATE = """\
# nats-server for Ilex, one computer. Written anew at each start: changes made here are lost.

server_name: "ilex"

# The NATS protocol itself: a free port, for this computer alone. Ilex speaks MQTT.
host: "127.0.0.1"
port: -1

max_payload: {max_payload}
max_connections: 1024

jetstream {{
    store_dir: {store}
    max_file_store: {max_store}
    max_memory_store: 67108864
    # For what is sent with QoS 1 (plans, commands, events, buttons, backfill) this broker may be the only holder:
    # it is on disk before it is acknowledged. Live samples are QoS 0 and are never stored, so they never wait for the disk.
    sync_interval: always
}}

mqtt {{
    host: {host}
    port: {port}
    # The service acknowledges at once; what it did not within 10 s was lost with its connection.
    ack_wait: "10s"
    # Backfill after an outage comes at 200 batches a second and must not wait for single acknowledgements.
    max_ack_pending: 1000
}}
"""


def configuration(host: str, port: int, store: Path, most_bytes: int) -> str:
    """The text of a nats-server configuration: MQTT on `host:port`, everything that is kept, at most so much, under `store`."""
    return _TEMPLATE.format(
        host=_quoted(host),
        port=port,
        store=_quoted(str(store)),
        max_payload=MAX_PAYLOAD_BYTES,
        max_store=most_bytes,
    )


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
