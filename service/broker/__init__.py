"""The broker that comes with the service: nats-server as a child process, speaking MQTT 3.1.1.

Reading order: `binary` (which nats-server), `configuration` (its settings and their reasons), `leash` (it dies with its parent),
`service.lock` (one broker to a data folder), `embedded` (puts them together).
"""

from service.broker.embedded import EmbeddedBroker
from service.broker.errors import BrokerError

__all__ = ["BrokerError", "EmbeddedBroker"]
