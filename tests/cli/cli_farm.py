"""The command line as its user has it: processes of `python -m emulator.cli`, and what they print."""

import json
import os
import queue
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any, NamedTuple, Self

import emulator

ROOT = str(Path(emulator.__file__).parents[1])
COMMAND = [sys.executable, "-m", "emulator.cli"]
TIMEOUT_S = 60


def environment() -> dict[str, str]:
    return {key: value for key, value in os.environ.items() if key != "METERFARM_TRACEBACK"} | {"PYTHONPATH": ROOT}


class Ended(NamedTuple):
    """One command that ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def error(self) -> str:
        """The one line of an error, without our name before it."""
        assert self.err.startswith("meterfarm: "), self.err
        assert self.err.count("\n") == 1, self.err
        assert "Traceback" not in self.err
        assert not self.out
        return self.err.removeprefix("meterfarm: ").rstrip("\n")


def start(*words: object, folder: Path | None = None) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [*COMMAND, *map(str, words)],
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
    )


def finish(child: "subprocess.Popen[str]", given: str = "") -> Ended:
    out, err = child.communicate(given, timeout=TIMEOUT_S)
    return Ended(child.returncode, out, err)


def run(*words: object, folder: Path | None = None, given: str = "") -> Ended:
    """Run one command to its end."""
    return finish(start(*words, folder=folder), given)


def run_all(commands: dict[str, list[object]], folder: Path | None = None, at_once: int = 4) -> dict[str, Ended]:
    """Run commands that do not disturb each other, some at once."""
    names, ended = list(commands), {}
    for first in range(0, len(names), at_once):
        children = {name: start(*commands[name], folder=folder) for name in names[first : first + at_once]}
        ended |= {name: finish(child) for name, child in children.items()}
    return ended


class Process:
    """A farm in the foreground of a process of its own; killed at the end if it still lives."""

    def __init__(self, *words: object, state: Path) -> None:
        self._child = start(*words, f"--state={state}")
        self._lines: queue.Queue[str | None] = queue.Queue()
        self.out: list[str] = []
        self.err: list[str] = []
        self._readers = [threading.Thread(target=self._read_out), threading.Thread(target=self._read_err)]
        for reader in self._readers:
            reader.start()

    def _read_out(self) -> None:
        assert self._child.stdout
        for line in self._child.stdout:
            self._lines.put(line)
        self._lines.put(None)

    def _read_err(self) -> None:
        assert self._child.stderr
        self.err.extend(self._child.stderr)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._child.poll() is None:
            self._child.kill()
        self.wait()

    @property
    def pid(self) -> int:
        return self._child.pid

    def ready(self) -> str:
        """Wait for the ready line."""
        while (line := self._lines.get(timeout=TIMEOUT_S)) is not None:
            self.out.append(line)
            if line.startswith("ready: "):
                return line
        self.wait()
        raise AssertionError(f"not ready: {self.out} {self.err}")

    def kill(self) -> None:
        self._child.kill()

    def stop(self, number: int = signal.SIGTERM) -> int:
        self._child.send_signal(number)
        return self.wait()

    def wait(self) -> int:
        code = self._child.wait(TIMEOUT_S)
        for reader in self._readers:
            reader.join(TIMEOUT_S)
        for stream in (self._child.stdin, self._child.stdout, self._child.stderr):
            assert stream
            stream.close()
        return code
