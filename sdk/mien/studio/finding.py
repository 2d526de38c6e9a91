"""What `mien doctor` finds out, line by line."""

from __future__ import annotations

import importlib.metadata
import json
import signal
import subprocess
import sys
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

State = Literal["ok", "missing", "broken"]
ANSWER_S: Final = 180
"""How long a question that is asked of another process may take: torch loads slowly from cards."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that mien may need, and how it is on this machine."""

    what: str
    state: State
    text: str
    """What was found, or what is wrong."""
    remedy: str = ""
    """What to do about it; empty where nothing is to be done."""
    needed_for: str = "the headset path"
    """What does not work without it."""

    @property
    def is_vital(self) -> bool:
        """Whether a headset needs it."""
        return self.needed_for == "the headset path"

    def line(self) -> str:
        """As `mien doctor` prints it."""
        word = "OK" if self.state == "ok" else self.state
        is_plain = self.state == "ok" or self.is_vital
        aside = "" if is_plain else f" (needed only for {self.needed_for})"
        remedy = f"\n{'':24}-> {self.remedy}" if self.remedy else ""
        return f"{word:<8} {self.what:<14} {self.text}{aside}{remedy}"

    def as_json(self) -> dict[str, object]:
        """Plain data for `--json`."""
        return asdict(self) | {"is_vital": self.is_vital}


@dataclass(frozen=True, slots=True)
class Answer:
    """What another process said."""

    said: Any
    """What it printed last, read as JSON; None if it failed."""
    failure: str = ""
    """How it ended, where it did not end well."""


def ask(program: str) -> Answer:
    """Run a Python program in a process of its own, which it may crash.

    Args:
        program: Prints JSON on its last line.
    """
    try:
        done = subprocess.run(  # noqa: S603 - our own programs
            [sys.executable, "-c", program],
            capture_output=True,
            text=True,
            timeout=ANSWER_S,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except subprocess.TimeoutExpired:
        return Answer(None, f"no answer within {ANSWER_S} s")
    if done.returncode < 0:
        return Answer(None, f"the process was ended by {signal.Signals(-done.returncode).name}")
    lines = done.stdout.strip().splitlines()
    if done.returncode != 0 or not lines:
        said = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
        return Answer(None, said[-1])
    try:
        return Answer(json.loads(lines[-1]))
    except ValueError:
        return Answer(None, f"it said {lines[-1][:200]!r}")


def version_of(name: str) -> str:
    """The version of an installed distribution; empty if it is not installed."""
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return ""
