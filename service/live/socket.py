"""uvicorn's WebSocket connection, with a way to hang up on a client that does not read."""

import asyncio
import socket
from typing import Any

from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

HANG_UP = "ilex.hang_up"
"""The ASGI extension: `scope["extensions"][HANG_UP](code)` closes at once, whatever waits to be written."""
WRITE = "ilex.write"
"""The ASGI extension: `await scope["extensions"][WRITE](texts)` sends text messages (UTF-8) in one write."""
UNREAD_BYTES = 64 * 1024
"""What may lie between us and a client that is slow: more would be old signals (robustness F16)."""
GRACE_S = 30.0
"""So long a client has to read its way to a hang-up before its connection is cut: meanwhile it costs UNREAD_BYTES and one write."""


class Socket(WebSocketsSansIOProtocol):
    """ASGI's `send` waits until a stalled client reads, so it can't tell that client goodbye; this can."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keeps little between us and the client, so that what waits is not old."""
        super().connection_made(transport)
        plain = transport.get_extra_info("socket")
        if plain is not None:
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, UNREAD_BYTES)
        self.transport.set_write_buffer_limits(high=UNREAD_BYTES)

    async def run_asgi(self) -> None:
        """The application, told how to write many messages at once and how to hang up."""
        extensions: dict[str, Any] = self.scope["extensions"]
        extensions[HANG_UP] = self.hang_up
        extensions[WRITE] = self.write
        await super().run_asgi()

    async def write(self, texts: list[bytes]) -> None:
        """Messages to the client, unmasked and whole (RFC 6455, 5.2); waits while it does not read. Raises OSError when it is gone."""
        await self.writable.wait()
        if self.disconnected or self.close_sent or self.transport.is_closing():
            raise ClientDisconnected
        parts = []
        for text in texts:
            size = len(text)
            if size < 126:
                parts.append(b"\x81" + size.to_bytes(1, "big"))
            elif size < 65536:
                parts.append(b"\x81\x7e" + size.to_bytes(2, "big"))
            else:
                parts.append(b"\x81\x7f" + size.to_bytes(8, "big"))
            parts.append(text)
        self.transport.write(b"".join(parts))

    def hang_up(self, code: int, reason: str = "") -> None:
        """The close frame behind what is buffered; the connection cut after a grace, should the client still not read."""
        if self.close_sent or self.transport.is_closing():
            self.transport.abort()
            return
        self.conn.send_close(code, reason)
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        if self.read_paused:
            self.read_paused = False
            self.transport.resume_reading()
        self.close_timer = self.loop.call_later(GRACE_S, self.transport.abort)
