"""A browser that sleeps: all its processes stopped, as a computer's are that was put to sleep (robustness F17)."""

import signal

import psutil


class Sleeper:
    """The browser that was started with `mark` among its arguments."""

    def __init__(self, mark: str) -> None:
        self._mark = mark

    def sleep(self) -> None:
        """None of it runs from now on."""
        self._send(signal.SIGSTOP)

    def wake(self) -> None:
        """All of it goes on."""
        self._send(signal.SIGCONT)

    def _send(self, number: signal.Signals) -> None:
        for process in self._family():
            process.send_signal(number)

    def _family(self) -> list[psutil.Process]:
        own = [process for process in psutil.process_iter() if self._mark in _arguments(process)]
        return list({each for process in own for each in (process, *process.children(recursive=True))})


def _arguments(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []
