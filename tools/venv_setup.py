"""Makes and reuses `.venv`, with the standard library alone.

    import venv_setup
    venv_setup.enter(extras=["studio"])            # continues inside .venv
    python = venv_setup.ensure(extras=["train"], groups=["test"])

The package is installed editable. A stamp in the venv remembers what it was made from:
nothing is done while that is unchanged, only the C++ core is built again when its sources
change, and what an earlier call asked for is kept (the demo runs in the checks' venv).
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

import machine

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
STAMP = VENV / "mien-stamp.json"
LOG = ROOT / "build" / "install.log"
CONSTRAINTS = ROOT / "tools" / "constraints.txt"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")

TORCH = "torch==2.13.0"
"""Alone and exactly so: other requests bring gigabytes of CUDA."""
BUILD_TOOLS = ("scikit-build-core", "pybind11", "cmake", "ninja")
OLDEST, NEWEST = (3, 11), (3, 13)
"""The Python versions that all pins have wheels for."""
_TASTE = ("[tool.ruff", "[tool.mypy", "[[tool.mypy", "[tool.pytest", "[tool.codespell")
_LAYERS = ("[tool.importlinter", "[[tool.importlinter")


def ensure(extras: Sequence[str] = (), groups: Sequence[str] = ()) -> Path:
    """Return the Python of a venv that has the package with these extras and groups.

    Args:
        extras: Names from `[project.optional-dependencies]`.
        groups: Names from `[dependency-groups]`.

    Raises:
        SystemExit: If something cannot be installed; the message says what and the remedy.
    """
    with _only_one():
        stamp = _read_stamp()
        wanted = _wanted(extras, groups, stamp)
        if wanted == stamp:
            return PYTHON
        machine.ensure_build_tools()
        if {**wanted, "native": ""} == {**stamp, "native": ""}:
            _step("the C++ core changed: building it again", _package(["--no-deps"]))
        else:
            _install(wanted, is_new=not stamp)
        STAMP.write_text(json.dumps(wanted, indent=1), encoding="utf-8")
    return PYTHON


def enter(extras: Sequence[str] = (), groups: Sequence[str] = ()) -> None:
    """Continue this very command inside the venv; returns only there."""
    python = ensure(extras, groups)
    if Path(sys.prefix).resolve() != VENV.resolve():
        _run_again_with(str(python))


def pick_python() -> None:
    """Continue under a Python that the pins support; returns at once if this one is."""
    if OLDEST <= sys.version_info[:2] <= NEWEST:
        return
    for minor in range(OLDEST[1], NEWEST[1] + 1):
        if found := shutil.which(f"python3.{minor}"):
            _run_again_with(found)
    got = ".".join(map(str, sys.version_info[:2]))
    raise SystemExit(f"python: expected 3.11 to 3.13, got {got}; install python3.11")


def _run_again_with(python: str) -> NoReturn:
    sys.stdout.flush()
    command = [python, *sys.argv]
    if os.name == "nt":  # execv there returns to the shell before the program ends
        raise SystemExit(subprocess.run(command, check=False).returncode)
    os.execv(python, command)  # noqa: S606


@contextmanager
def _only_one() -> Iterator[None]:
    """Two commands at once must not install into one venv."""
    if os.name == "nt":
        yield
        return
    import fcntl

    LOG.parent.mkdir(exist_ok=True)
    with (LOG.parent / "install.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _read_stamp() -> dict[str, Any]:
    """What the venv was made from; empty if there is none that works, here."""
    try:
        stamp = json.loads(STAMP.read_text(encoding="utf-8"))
        subprocess.run([PYTHON, "-c", "import numpy"], check=True, capture_output=True)
    except (OSError, ValueError, subprocess.SubprocessError):
        return {}
    return stamp if isinstance(stamp, dict) and stamp.get("root") == str(ROOT) else {}


def _wanted(extras: Sequence[str], groups: Sequence[str], stamp: dict[str, Any]) -> dict[str, Any]:
    return {
        "root": str(ROOT),
        "dependencies": _dependency_key(),
        "native": _native_key(),
        "extras": sorted({*extras, *stamp.get("extras", ())}),
        "groups": sorted({*groups, *stamp.get("groups", ())}),
    }


def _dependency_key() -> str:
    """Hash of what decides which packages are installed; settings of taste do not."""
    digest = hashlib.sha256(CONSTRAINTS.read_bytes())
    is_taste = False
    for line in (ROOT / "pyproject.toml").read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            is_taste = line.startswith((*_TASTE, *_LAYERS))
        if not is_taste:
            digest.update(line.encode())
    return digest.hexdigest()


def _native_key() -> str:
    digest = hashlib.sha256()
    for path in sorted([ROOT / "CMakeLists.txt", *(ROOT / "csrc").rglob("*")]):
        if path.is_file():
            digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def _package(options: Sequence[str] = (), *, extras: Sequence[str] = ()) -> list[str]:
    """The arguments that install the package itself, editable, with the venv's build tools."""
    target = f"{ROOT}[{','.join(extras)}]" if extras else str(ROOT)
    settings = ["-Cbuild-dir=build/venv", "-Ceditable.verbose=false"]
    return [*options, "--no-build-isolation", *settings, "-e", target]


def _install(wanted: dict[str, Any], *, is_new: bool) -> None:
    STAMP.unlink(missing_ok=True)
    if is_new:
        print(f"making {VENV}", flush=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(VENV)], check=True)
    groups = [f"--group={ROOT / 'pyproject.toml'}:{name}" for name in wanted["groups"]]
    pinned = ["-c", str(CONSTRAINTS)]
    _step("pip and the build tools", [*pinned, "pip", *BUILD_TOOLS])
    if "train" in wanted["extras"]:
        _step(f"{TORCH} (about 200 MB)", [TORCH])
    if groups:  # apart: some of it is built from source, with build tools of its own
        _step(f"what {', '.join(wanted['groups'])} needs", [*pinned, *groups])
    what = ", ".join(["it", *wanted["extras"]])
    _step(f"mien and what {what} need", [*pinned, *_package(extras=wanted["extras"])])


def _step(what: str, arguments: Sequence[str]) -> None:
    """Run one `pip install`: a line that says what, pip's words into the log."""
    started = time.monotonic()
    print(f"installing {what} ...", flush=True)
    command = [str(PYTHON), "-m", "pip", "install", "--progress-bar=off", *arguments]
    tail: list[str] = []
    with LOG.open("a", encoding="utf-8") as log:
        log.write(f"\n$ {' '.join(command)}\n")
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        for line in process.stdout or ():
            log.write(line)
            tail = [*tail[-39:], line]
            _show(line)
    if process.wait() != 0:
        print("".join(tail))
        raise SystemExit(f"pip install {what}: failed, see above; whole log: {LOG}")
    print(f"  done in {time.monotonic() - started:.0f} s", flush=True)


def _show(line: str) -> None:
    """What pip is at, on one line that is written over; on a pipe, nothing."""
    if sys.stdout.isatty():
        print(f"\r\033[K  {line.strip()[:96]}", end="\r\033[K", flush=True)
