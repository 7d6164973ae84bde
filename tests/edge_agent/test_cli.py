"""contract 7: `ilex-edge run --config FILE`; exit codes 0 done, 1 the input is at fault, 2 wrong use."""

import os
import re
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from edge_agent.lock import Lock
from tests.brokers import BrokerProcess
from tests.edge_agent.bus import Bus, listening
from wire.messages import Status

ENVIRONMENT = {**os.environ, "NO_COLOR": "1", "COLUMNS": "120", "TERM": "dumb"}


def edge(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "edge_agent", *map(str, arguments)],
        capture_output=True, text=True, timeout=60, check=False, env=ENVIRONMENT,
    )  # fmt: skip


def started(*arguments: str | Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "edge_agent", *map(str, arguments)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=ENVIRONMENT,
    )  # fmt: skip


def configuration(folder: Path, name: str, url: str = "mqtt://127.0.0.1:1", driver: str = 'name = "simulator"') -> Path:
    file = folder / f"{name}.toml"
    file.write_text(f'machine = "clinic/{name}"\n[broker]\nurl = "{url}"\n[driver]\n{driver}\n')
    return file


def ended(bus: Bus) -> list[Status] | None:
    return None if bus.status[-1].online else bus.status


class TestUse:
    def test_help_shows_examples(self) -> None:
        shown = edge("run", "--help")
        assert shown.returncode == 0
        assert "ilex-edge run --config" in shown.stdout

    @pytest.mark.parametrize("arguments", [["run"], ["run", "--speed", "2"], ["walk"]])
    def test_wrong_use_is_2(self, arguments: list[str]) -> None:
        assert edge(*arguments).returncode == 2

    def test_check_names_the_machine_and_the_driver(self, tmp_path: Path) -> None:
        done = edge("check", configuration(tmp_path, "lex1"))
        assert (done.returncode, done.stderr) == (0, "")
        assert "clinic/lex1, driver simulator" in done.stdout


class TestBadInput:
    def one_line(self, *arguments: str | Path) -> str:
        done = edge("run", *arguments)
        assert done.returncode == 1
        assert done.stdout == ""
        assert done.stderr.count("\n") == 1
        return done.stderr

    def test_a_wrong_configuration_is_1_with_file_line_and_reason(self, tmp_path: Path) -> None:
        file = configuration(tmp_path, "lex1", driver='name = "simulator"\nspeed = "fast"')
        assert re.search(r"lex1\.toml:6: driver\.speed: expected", self.one_line("--config", file))

    def test_a_missing_one_is_1(self, tmp_path: Path) -> None:
        assert "none.toml" in self.one_line(tmp_path / "none.toml")

    def test_two_for_one_machine_are_refused(self, tmp_path: Path) -> None:
        file = configuration(tmp_path, "lex1")
        assert "taken by" in self.one_line(file, file)

    def test_a_recording_that_cannot_be_read_names_its_line(self, tmp_path: Path) -> None:
        (tmp_path / "set.csv").write_text("t_s,angle_deg\n0,1\n0.01,abc\n")
        file = configuration(tmp_path, "lex1", driver='name = "recording"\nfile = "set.csv"')
        assert "set.csv:3" in self.one_line(file)


class TestCheck:
    """Contract 7: what `run` can't use is 1 here too, in the same words; nothing is left behind."""

    def refused(self, file: Path) -> str:
        done = edge("check", file)
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1), done.stderr
        return done.stderr

    @pytest.mark.parametrize("text", [None, "", "a,b\n1,2\n", "t_s,angle_deg\n"], ids=["no file", "empty", "no columns", "no samples"])
    def test_a_recording_that_cannot_be_played_is_refused_as_by_run(self, tmp_path: Path, text: str | None) -> None:
        if text is not None:
            (tmp_path / "set.csv").write_text(text)
        file = configuration(tmp_path, "lex1", driver='name = "recording"\nfile = "set.csv"')
        assert self.refused(file) == edge("run", file).stderr

    @pytest.mark.parametrize("folder", ["file", "file/spool", "/proc/spool"])
    def test_a_spool_that_takes_nothing_is_refused_with_its_line(self, tmp_path: Path, folder: str) -> None:
        (tmp_path / "file").write_text("")
        file = configuration(tmp_path, "lex1")
        file.write_text(f'{file.read_text()}[spool]\nfolder = "{folder}"\n')
        assert re.search(r"lex1\.toml:7: spool\.folder: samples don't go to the disk: .*(file|/proc/spool)'$", self.refused(file))

    def test_it_leaves_nothing_and_holds_up_no_agent(self, tmp_path: Path) -> None:
        file = configuration(tmp_path, "lex1")
        assert edge("check", file).returncode == 0
        assert list(tmp_path.iterdir()) == [file]
        spool = tmp_path / "spool" / "clinic.lex1"
        spool.mkdir(parents=True)
        held = Lock(spool / "lock")
        assert edge("check", file).returncode == 0
        assert list(spool.iterdir()) == [spool / "lock"]
        held.release()


class TestRun:
    @pytest.mark.parametrize("signalled", [signal.SIGTERM, signal.SIGINT])
    async def test_ends_cleanly_when_told_to(self, nats: BrokerProcess, tmp_path: Path, signalled: signal.Signals) -> None:
        files = [configuration(tmp_path, name, nats.url) for name in ("lex1", "lex2")]
        async with listening(nats, "clinic/lex1") as one, listening(nats, "clinic/lex2") as two:
            process = started("run", "--config", files[0], "--config", files[1])
            await one.until(lambda: one.batches)
            await two.until(lambda: two.batches)
            process.send_signal(signalled)
            for bus in (one, two):
                last = await bus.until(partial(ended, bus))
                assert last[-1].boot == last[0].boot
            out, err = process.communicate(timeout=10)
        assert (process.returncode, out, err) == (0, "", "")

    async def test_ends_by_itself_when_every_recording_has(self, nats: BrokerProcess, tmp_path: Path) -> None:
        (tmp_path / "set.csv").write_text("t_s,angle_deg\n" + "".join(f"{n / 100},{n}\n" for n in range(50)))
        file = configuration(tmp_path, "lex1", nats.url, 'name = "recording"\nfile = "set.csv"')
        async with listening(nats) as bus:
            process = started("run", file)
            await bus.until(lambda: bus.status and bus.status[-1].ended and not bus.status[-1].online)
            process.communicate(timeout=10)
        assert process.returncode == 0
        assert sum(batch.n for batch in bus.batches) == 50

    def test_without_a_broker_it_says_so_once_and_can_be_ended(self, tmp_path: Path) -> None:
        process = started("run", configuration(tmp_path, "lex1"))
        assert process.stderr is not None
        line = process.stderr.readline()
        assert "no broker" in line
        process.terminate()
        rest = process.communicate(timeout=10)[1]
        assert process.returncode == 0
        assert "no broker" not in rest
