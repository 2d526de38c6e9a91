"""Calls the tools of the checks, in the venv and from the repository's root."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import venv_setup

BIN = venv_setup.PYTHON.parent
STEP_LIMIT_S = 2400
"""A step that hangs is ended after this long, so that the others still report."""


class StepError(Exception):
    """A step failed; the text is what its tool said."""


class StepSkippedError(Exception):
    """A step could not run on this machine; the text says why. In CI that is a failure."""


def environment(**more: str) -> dict[str, str]:
    """This process's variables with the venv's programs first, and `more`."""
    path = f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}"
    return os.environ | {"PATH": path, "VIRTUAL_ENV": str(venv_setup.VENV)} | more


def call(*command: str | Path, limit_s: float = STEP_LIMIT_S, **more_environment: str) -> str:
    """Run a tool and return its words; raise `StepError` with them if it fails."""
    program = BIN / command[0]
    done = subprocess.run(
        [program if program.exists() else command[0], *command[1:]],
        cwd=venv_setup.ROOT,
        env=environment(**more_environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        timeout=limit_s,
        check=False,
    )
    if done.returncode != 0:
        raise StepError(f"$ {' '.join(map(str, command))}\n{done.stdout.rstrip()}")
    return done.stdout
