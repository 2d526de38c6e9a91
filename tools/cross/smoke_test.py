"""Installs a wheel beside nothing else and runs tools/on_device/wheel_test.py there."""

from __future__ import annotations

import json
import platform
import time
from pathlib import Path
from typing import Any

from cross import emulated_python
from cross.interpreters import interpreter
from cross.targets import CACHE, Target
from tool_call import StepSkippedError, call
from venv_setup import CONSTRAINTS


def run(wheel: Path, target: Target, version: str, *, kit: Path) -> dict[str, Any]:
    """Install and test a wheel, in an emulator if it is another machine's.

    Returns:
        What the test found, and `install_s`.

    Raises:
        StepError: If the test fails.
        StepSkippedError: If there is no such CPython here, real or emulated.
    """
    started = time.monotonic()
    if target.machine == platform.machine():
        command: list[str | Path] = [_fresh_venv(wheel, version)]
    else:
        command = emulated_python.install(wheel, target, version).command()
    install_s = time.monotonic() - started
    found = CACHE / "found.json"
    call(
        *command,
        kit / "on_device" / "wheel_test.py",
        "--json",
        found,
        PYTHONPATH="",
        OMP_NUM_THREADS="1",
    )
    return {**json.loads(found.read_text(encoding="utf-8")), "install_s": install_s}


def _fresh_venv(wheel: Path, version: str) -> Path:
    python = interpreter(version)
    if python is None:
        raise StepSkippedError(f"CPython {version}: expected python{version} here, found none")
    venv = CACHE / f"venv-{version}"
    call(python, "-m", "venv", "--clear", venv)
    inside = venv / "bin" / "python"
    # The constraints are of the Pythons that develop mien; an older one gets older packages.
    pins = ("-c", CONSTRAINTS) if version != "3.10" else ()
    call(inside, "-m", "pip", "install", "-q", *pins, wheel)
    return inside
