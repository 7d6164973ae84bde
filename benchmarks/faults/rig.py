"""A clinic that can be hurt: service, broker and agents as processes under supervisors, wires between, the truth and a screen."""

import contextlib
import json
import shutil
import signal
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple, Self

import psutil

from benchmarks.faults.account import Ledger, account
from benchmarks.faults.proxy import Proxy
from benchmarks.faults.screen import Screen
from benchmarks.faults.statements import Statements
from benchmarks.faults.truth import Truth
from benchmarks.faults.unit import Unit
from service.recordings.names import COPIES
from service.security import Gate, Role
from tests.brokers import BrokerProcess, Mosquitto, Nats, free_port

BrokerName = Literal["embedded", "nats", "mosquitto"]
BROKERS: Mapping[str, type[BrokerProcess]] = {"nats": Nats, "mosquitto": Mosquitto}
"""Those that are no child of the service."""
HOST = "127.0.0.1"
SCREEN_HZ = 10.0
READY_S = 60.0
KEEPALIVE_S = 2
"""Of the agents: a dead line is noticed within twice this."""
WHOLE_S = 90.0
"""How long everything sampled may take to be called stored once all faults are over."""
CLOSED_S = 60.0
UNTOLD_S = 1.0
"""The last second before a kill is not waited for: some of it may have died with the agent. The account looks at all of it."""
LOOK_S = 0.02
PLAN: dict[str, Any] = {
    "range": {"flexion_deg": 60.0, "extension_deg": 6.0},
    "tempo": {"extension_s": 4.0, "hold_s": 2.0, "flexion_s": 3.0, "turn_s": 1.0},
    "repetitions": {"least": 8, "most": 12},
    "endpoint": "repetitions",
    "load_nm": 120.0,
}
"""The demonstration's, for the patient `steady`."""


class Refused(Exception):
    """The service answered with an error, or not at all."""


class Machines(NamedTuple):
    """Some machines whose agents run in one process: they die together."""

    names: Sequence[str]
    speed: float = 1.0
    rate_hz: float = 100.0
    character: str = "steady"
    tables: Mapping[str, Mapping[str, Any]] = {}
    """Further tables of each configuration."""


def fleet(machines: int, processes: int, **fields: Any) -> list[Machines]:
    """So many machines in so many processes."""
    names = [f"soak/m{number:02}" for number in range(1, machines + 1)]
    return [Machines(names[k::processes], **fields) for k in range(min(processes, machines))]


class Rig:
    """`with Rig(fleet) as rig:` ready, every agent sampling. `wires`, `agents`: one of each process of agents."""

    def __init__(
        self,
        machines: Sequence[Machines],
        broker: BrokerName | type[BrokerProcess] = "embedded",
        *,
        folder: Path | None = None,
        data: Path | None = None,
        cut: bool = False,
        python: Sequence[str] = (sys.executable, "-m"),
    ) -> None:
        """`cut`: the first wire is cut from the beginning. `python`: what runs the modules of service and agents."""
        self._own_folder = folder is None
        self.folder = folder or Path(tempfile.mkdtemp(prefix="ilex-faults-"))
        self.data = data or self.folder / "data"
        self.machines = list(machines)
        self._cut = cut
        self._python = python
        self.names = [name for some in machines for name in some.names]
        self._stack = contextlib.ExitStack()
        self.port = free_port()
        self.url = f"http://{HOST}:{self.port}"
        self.broker: BrokerProcess | None = None
        if broker != "embedded":
            self.broker = (BROKERS[broker] if isinstance(broker, str) else broker)(self.folder / "broker")
        self.mqtt_port = self.broker.port if self.broker else free_port()
        self._outages = 0
        """Faults that want the broker dead at this moment."""
        self._wiped = False
        self._broker_lock = threading.Lock()
        self.kills: dict[str, float] = {}
        """Boots whose agent was killed, and when."""

    def __enter__(self) -> Self:
        (self.folder / "truth").mkdir(parents=True, exist_ok=True)
        enter = self._stack.enter_context
        try:
            if self.broker is not None:
                enter(self.broker)
            self.token, _ = Gate(self.data).issue(Role.ADMIN, days=90)
            self.service = enter(Unit("service", self._command(), self.folder / "service.log"))
            self.until(self.ready, "the service is not ready", READY_S)
            self.said = enter(Statements(self.mqtt_port))
            self.screen = enter(Screen(self.port, self.token, SCREEN_HZ))
            self.truth = Truth(self.folder / "truth")
            self.wires = [enter(Proxy(self.mqtt_port)) for _ in self.machines]
            if self._cut:
                self.wires[0].cut()
            there = self.names[len(self.machines[0].names) :] if self._cut else self.names
            self.agents = [enter(self._agents(k, self.folder / f"edge{k}", self.folder / "truth")) for k in range(len(self.machines))]
            self.until(lambda: all(self.screen.frames[name].received_s for name in there), "no frame of every machine", READY_S)
        except BaseException:
            self._stack.close()
            raise
        return self

    def keep(self) -> None:
        """What it wrote stays in `folder`, for who has to find out what was wrong."""
        self._own_folder = False

    def __exit__(self, *_: object) -> None:
        self._stack.close()
        if self._own_folder:
            shutil.rmtree(self.folder, ignore_errors=True)

    # Its parts.

    def _command(self) -> list[str]:
        command = [*self._python, "service.cli", "serve", "--port", str(self.port), "--data", str(self.data)]
        return [*command, *(["--broker", self.broker.url] if self.broker else ["--mqtt-port", str(self.mqtt_port)])]

    def _agents(self, k: int, folder: Path, truth: Path) -> Unit:
        folder.mkdir(exist_ok=True)
        some, files = self.machines[k], []
        for name in some.names:
            file = folder / f"{name.replace('/', '_')}.toml"
            driver = {"name": "simulator", "character": some.character, "seed": self.names.index(name)}
            driver |= {"sample_rate_hz": some.rate_hz, "speed": some.speed}
            broker = {"url": f"mqtt://{HOST}:{self.wires[k].port}", "keepalive_s": KEEPALIVE_S}
            lines = [f"machine = {json.dumps(name)}", f"truth = {json.dumps(str(truth / f'{file.stem}.truth'))}"]
            for table, values in {"driver": driver, "broker": broker, **some.tables}.items():
                # JSON's strings and numbers are TOML's too.
                lines += [f"[{table}]", *(f"{key} = {json.dumps(value)}" for key, value in values.items())]
            file.write_text("\n".join(lines) + "\n")
            files.append(str(file))
        return Unit(f"agents {k}", [*self._python, "edge_agent", "run", *files], folder / "log")

    def impostor(self, k: int) -> Unit:
        """A second process of agents under the same names, not yet started; what it samples is no part of the truth."""
        folder = self.folder / f"impostor{k}"
        (folder / "truth").mkdir(parents=True)
        return self._agents(k, folder, folder / "truth")

    def broker_pid(self) -> int | None:
        """Of the broker of ours, or of the nats-server that the service started; None = it does not run."""
        if self.broker is not None:
            return self.broker.pid
        pid = self.service.pid
        try:
            children = psutil.Process(pid).children(recursive=True) if pid is not None else []
            return next((child.pid for child in children if child.name() == "nats-server"), None)
        except psutil.NoSuchProcess:
            return None

    # What is done to it.

    def kill_broker(self) -> None:
        """kill -9. The service's own comes back by itself; of another one see `start_broker`."""
        if self.broker is not None:
            with self._broker_lock:
                self._outages += 1
                self.broker.kill()
        elif (pid := self.broker_pid()) is not None:
            psutil.Process(pid).send_signal(signal.SIGKILL)

    def start_broker(self, *, wiped: bool = False) -> None:
        """A broker of ours again, with what it kept or with an empty disk. Of two faults at once the one that ends last starts it."""
        if self.broker is None:
            return
        with self._broker_lock:
            self._outages -= 1
            self._wiped |= wiped
            if self._outages:
                return
            if self._wiped:
                shutil.rmtree(self.broker.folder)
                self.broker.folder.mkdir()
            self._wiped = False
            self.broker.start()

    def kill_agents(self, k: int) -> None:
        """kill -9 of one process of agents; its supervisor starts it again."""
        now_s = time.monotonic()
        self.agents[k].kill()
        boots = {status.boot for name in self.machines[k].names if (status := self.said.status.get(name)) is not None}
        self.kills |= dict.fromkeys(boots, now_s)

    # What is asked of it.

    def call(self, method: str, path: str, body: object = None, timeout_s: float = 10.0) -> Any:
        """An HTTP call as an admin; the answer's JSON. Raises Refused."""
        request = urllib.request.Request(  # noqa: S310 - our own service on loopback
            f"{self.url}{path}",
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"},
            method=method,
        )
        try:
            with urllib.request.urlopen(request, timeout=timeout_s) as answer:  # noqa: S310 - our own service on loopback
                text = answer.read()
        except urllib.error.HTTPError as error:
            raise Refused(f"{method} {path}: {error.code} {error.read()[:300].decode(errors='replace')}") from None
        except OSError as error:
            raise Refused(f"{method} {path}: {error}") from None
        return json.loads(text) if text else None

    def ready(self) -> bool:
        """Its own word for it."""
        try:
            with urllib.request.urlopen(f"{self.url}/readyz", timeout=2) as answer:  # noqa: S310 - our own service on loopback
                return bool(answer.status == 200)
        except OSError:
            return False

    def put_plan(self, name: str, **fields: Any) -> None:
        """The demonstration's plan, with other fields. Raises Refused."""
        self.call("PUT", f"/api/v1/machines/{name}/plan", PLAN | fields, timeout_s=3)

    def live_again(self, after_s: float, names: Sequence[str] | None = None) -> float | None:
        """When the last of these machines was live again on the screen after that moment; None = not yet."""
        found = [self.screen.frames[name].live_after(after_s) for name in names or self.names]
        return None if None in found else max(each for each in found if each is not None)

    def whole(self) -> bool:
        """True when everything sampled until a moment ago is called stored, of every boot."""
        return all(self.said.whole(boot, n) for boot, n in self._wanted.items())

    def pending(self) -> set[str]:
        """Boots of which a machine said last that it still has samples: their very last may be of the second that `whole` leaves out."""
        return {boot for status in self.said.status.copy().values() for boot in status.pending}

    def lacking(self) -> list[str]:
        """What of it is not called stored, boot by boot, in words."""
        return [
            f"{self.truth.machines[boot]} {boot}: {n} wanted, said {self.said.newest.get(boot)}"
            for boot, n in self._wanted.items()
            if not self.said.whole(boot, n)
        ]

    def mark(self) -> None:
        """From now on `whole` is about what has been sampled so far."""
        self._wanted = self.truth.refresh()
        for boot in self.kills.keys() & self._wanted.keys():
            self._wanted[boot] -= round(UNTOLD_S * self.machines[0].rate_hz * self.machines[0].speed)

    def later(self, seconds: float) -> None:
        """Return when the machines have sampled for so long."""
        before, wanted = self._sampled(), seconds * self.machines[0].rate_hz * self.machines[0].speed
        self.until(lambda: self._sampled() >= before + wanted, "no agent samples", seconds + READY_S)

    def _sampled(self) -> int:
        """Samples of the first machine, over all its boots."""
        return sum(n for boot, n in self.truth.refresh().items() if self.truth.machines[boot] == self.names[0].replace("/", "_"))

    def until(self, happened: Callable[[], object], words: str, seconds: float) -> float:
        """Wait for it; how long it took, s. AssertionError with those words where it does not happen."""
        began_s = time.monotonic()
        while not happened():
            if time.monotonic() - began_s > seconds:
                raise AssertionError(f"{words} after {seconds:.0f} s\n{self.service.last_words()}")
            time.sleep(LOOK_S)
        return time.monotonic() - began_s

    def finish(self, forgiven_s: float = 0.0) -> Ledger:
        """Everything healed: wait until what was sampled is stored, end agents and sessions in good order, add up."""
        self.mark()
        with contextlib.suppress(AssertionError):  # what is not stored by then is lost, and the account says so
            self.until(lambda: self.whole() and not self.pending(), "not everything is called stored", WHOLE_S)
        for agents in self.agents:
            agents.stop()
        self.mark()
        with contextlib.suppress(AssertionError):
            self.until(self.whole, "not everything is called stored", 10)
        for name in self.names:
            self.call("DELETE", f"/api/v1/machines/{name}/plan")
        with contextlib.suppress(AssertionError):
            self.until(lambda: not self.unfinished(), "recordings stay unfinished", CLOSED_S)
        return account(self.truth, self.data / "recordings", self.said, self.kills.items(), forgiven_s)

    def unfinished(self) -> list[Path]:
        """Recordings that are not whole; a copy with a final result is being made of one that is."""
        return [part for part in self.data.rglob("*.part") if not part.name.endswith(COPIES)]

    def sessions(self) -> list[dict[str, Any]]:
        """The list of sessions, page by page."""
        found: list[dict[str, Any]] = []
        after = ""
        while True:
            page = self.call("GET", f"/api/v1/sessions?limit=100{after}")
            found += page["items"]
            if not page["next"]:
                return found
            after = f"&after={page['next']}"
