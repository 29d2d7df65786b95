"""docs/adapter-guide.md: its blocks run as they stand, in their order, and what it shows is what comes."""

import os
import re
import shlex
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "adapter-guide.md"
BLOCK = re.compile(r"```(\w+)\n(.*?)```", re.DOTALL)
PORT = "8099"


def blocks(text):
    return BLOCK.findall(text)


def commands(block):
    """Give the commands of a console block, each with the lines that are shown after it."""
    found = []
    for line in block.splitlines():
        if line.startswith("$ "):
            found.append((line[2:], []))
        else:
            found[-1][1].append(line)
    return found


def pattern(shown):
    """Give what output must be: a line of three dots is any lines, dots within a line are anything in it."""
    lines = [r"(?:.*\n)*?" if line == "..." else re.escape(line).replace(r"\.\.\.", ".*") + r"\s*?\n" for line in shown]
    return re.compile("".join(lines) + r"\Z")


def free_port():
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return str(held.getsockname()[1])


class Shell:
    """One bash for the whole page, as a reader has one: what it starts in the background ends with it."""

    def __init__(self, folder):
        tools = folder / "bin"
        tools.mkdir()
        for name, words in (("python", ""), ("meterfarm", "-m emulator.cli"), ("pytest", "-m pytest")):
            (tools / name).write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} {words} "$@"\n', "utf-8")
            (tools / name).chmod(0o755)
        path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("PYTEST_", "COV_"))}
        environment = kept | {"PATH": f"{tools}:{os.environ['PATH']}", "PYTHONPATH": path, "COLUMNS": "200"}
        self.errors = (folder / "errors.txt").open("wb")
        self.child = subprocess.Popen(
            ["/bin/bash", "-m"],
            cwd=folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            text=True,
            start_new_session=True,
        )

    def run(self, text):
        """Run commands; give what they printed, and how the last ended."""
        end = "--- the end of a block ---"
        self.child.stdin.write(f"{text}\nprintf '%s %s\\n' '{end}' $?\n")
        self.child.stdin.flush()
        printed = []
        for line in self.child.stdout:
            if line.startswith(end):
                return "".join(printed), int(line.split()[-1])
            printed.append(line)
        raise AssertionError(f"the shell ended at: {text}\n{''.join(printed)}")

    def close(self):
        self.child.stdin.write("kill $(jobs -p) 2>/dev/null; wait\n")
        self.child.stdin.close()
        self.child.stdout.close()
        try:
            self.child.wait(10)
        finally:
            if self.child.poll() is None:
                os.killpg(self.child.pid, signal.SIGKILL)
                self.child.wait()
            self.errors.close()


def answers(port):
    """Wait until something listens at a port, or 30 s."""
    wait = f"for _ in $(seq 300); do (exec 3<>/dev/tcp/127.0.0.1/{port}) 2>/dev/null && break; sleep 0.1; done"
    return f"timeout 30 bash -c {shlex.quote(wait)}"


@pytest.mark.timeout(300)  # seven runs of the suite and of pytest, as a reader types them
def test_every_block_runs_in_order(tmp_path):
    text, port = PAGE.read_text("utf-8"), free_port()
    found = blocks(text.replace(PORT, port))
    assert text.count("```") == 2 * len(found)
    (tmp_path / "meterfarm").symlink_to(ROOT)
    shell = Shell(tmp_path)
    try:
        for kind, block in found:
            if kind == "python":
                (tmp_path / re.match(r"# (\S+)\n", block)[1]).write_text(block, "utf-8")
            elif kind == "sh":
                printed, code = shell.run(block)
                assert (printed, code) == ("", 0), block
                if "&" in block.splitlines()[-1]:
                    shell.run(answers(port))
            elif kind == "console":
                for command, shown in commands(block):
                    printed, code = shell.run(command)
                    assert code == 0, f"{command}\n{printed}"
                    assert pattern(shown).match(printed), f"{command}\n{printed}"
            else:
                assert kind == "yaml"
    finally:
        shell.close()


def test_what_ci_runs_is_what_the_page_ran():
    text = PAGE.read_text("utf-8")
    (workflow,) = [block for kind, block in blocks(text) if kind == "yaml"]
    ran = " ".join(block for kind, block in blocks(text) if kind in {"sh", "console"})
    for command in ("python adapter.py 8099 &", "--target adapter:http://127.0.0.1:8099", "--meterfarm-target"):
        assert command in workflow
        assert command in ran


def test_the_example_is_short():
    lines = (ROOT / "docs" / "examples" / "adapter.py").read_text("utf-8").splitlines()
    assert len([line for line in lines if line.strip()]) <= 160
