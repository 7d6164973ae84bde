"""What one service process is told when it starts. Secrets never stand here: they live in files of the data directory."""

import ipaddress
import os
from dataclasses import dataclass, field
from pathlib import Path

import platformdirs


def default_data() -> Path:
    """Where Ilex keeps its files unless told otherwise: `ILEX_DATA`, else the user's own data folder."""
    named = os.environ.get("ILEX_DATA")
    return Path(named) if named else platformdirs.user_data_path("ilex", appauthor=False)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """One service: where it keeps its data, where it listens, which broker it uses."""

    data: Path = field(default_factory=default_data)
    host: str = "127.0.0.1"
    port: int = 8080
    """0 takes any free port."""
    broker: str | None = None
    """`mqtt://user:password@host:port` of an existing broker; None starts our own on loopback."""
    mqtt_port: int = 1883
    """Where our own broker listens; 0 takes any free port."""
    origins: tuple[str, ...] = ()
    """Origins that browsers may come from beside the service's own, e.g. `https://ilex.clinic` behind a proxy."""

    lichtblick: str | None = None
    """Where a Lichtblick is that recordings may be opened in, e.g. `https://lichtblick.clinic/`; None offers none (decision 0237)."""

    @property
    def recordings(self) -> Path:
        """Where the sessions' MCAP files are."""
        return self.data / "recordings"

    @property
    def signals(self) -> Path:
        """Where signals are kept for a quick look; made anew from the recordings wherever they are missing."""
        return self.data / "cache" / "signals"

    @property
    def versions(self) -> Path:
        """Where other versions are installed for reruns: `NAME/bin/ilex` each (decision 0188)."""
        return self.data / "versions"

    @property
    def exports(self) -> Path:
        """Where tables are made for a download; each goes when it has been sent."""
        return self.data / "cache" / "exports"

    @property
    def index_url(self) -> str:
        """The index as SQLAlchemy names it."""
        return f"sqlite+aiosqlite:///{self.data / 'index.sqlite'}"

    @property
    def loopback(self) -> bool:
        """True where only this computer can reach the service."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False
