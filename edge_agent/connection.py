"""An aiomqtt connection that can also publish at once, without a task: for the live lane (decision 0020)."""

import contextlib
from collections.abc import Callable
from typing import Any, Self

import aiomqtt
import paho.mqtt.client as paho


class Connection(aiomqtt.Client):
    """`publish_now` writes to the socket then and there; `writable` is called when a full socket has room again."""

    writable: Callable[[], None] | None = None
    _direct = False
    _watched = False

    async def __aenter__(self) -> Self:
        try:
            return await super().__aenter__()
        except BaseException:
            # aiomqtt leaves the socket of a vain attempt open: let in late, it would drive out the connection made after it.
            self._direct, self._client.on_disconnect = True, None
            self._client.disconnect()
            self._client.loop_write()
            raise

    def publish_now(self, topic: str, payload: bytes) -> bool:
        """Publish at QoS 0 if the socket takes it now; False when it is full or gone. Costs a third of `await publish`."""
        client = self._client
        if client.want_write() or client.socket() is None:
            return False
        self._direct = True
        on_publish, client.on_publish = client.on_publish, None  # nobody waits for it, and it costs as much as the rest
        try:
            if client.publish(topic, payload, 0).rc != paho.MQTT_ERR_SUCCESS:
                return False
            client.loop_write()
        finally:
            self._direct = False
            client.on_publish = on_publish
        if client.want_write() and (socket := client.socket()) is not None:  # part of it is still to be written
            self._on_socket_register_write(client, None, socket)
        return True

    def _on_disconnect(self, client: paho.Client, userdata: Any, *more: Any) -> None:
        """Closed before the broker answered, as a proxy without its broker does: over at once, not when the time to connect is (0020)."""
        if not self._connected.done():
            self._connected.set_exception(aiomqtt.MqttError("closed before the broker answered"))
            return
        super()._on_disconnect(client, userdata, *more)

    def _on_socket_register_write(self, client: paho.Client, userdata: Any, sock: Any) -> None:
        if not self._direct:
            self._watched = True
            super()._on_socket_register_write(client, userdata, sock)

    def _on_socket_unregister_write(self, client: paho.Client, userdata: Any, sock: Any) -> None:
        if not self._watched:
            return
        self._watched = False
        with contextlib.suppress(ValueError, OSError):  # the socket may be closed already
            super()._on_socket_unregister_write(client, userdata, sock)
        if self.writable is not None:
            self._loop.call_soon(self.writable)
