"""Builds one wheel with zig: tagged manylinux, the same bytes every time."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from cross.interpreters import headers
from cross.targets import CACHE, TOOLCHAIN, Target
from cross.wheel_contents import require_module
from tool_call import StepError, call
from venv_setup import ROOT

VERSIONS = ("3.10", "3.11", "3.12", "3.13")
"""Of CPython."""
FILE_DATE_S = "1577836800"
"""2020-01-01: of every file in a wheel, so that the day it was built leaves no trace."""
WORD_SIZES = """
/* A 32-bit machine, where the headers come from a 64-bit one. */
#undef SIZEOF_LONG
#define SIZEOF_LONG 4
#undef SIZEOF_SIZE_T
#define SIZEOF_SIZE_T 4
#undef SIZEOF_TIME_T
#define SIZEOF_TIME_T 4
#undef SIZEOF_VOID_P
#define SIZEOF_VOID_P 4
#undef SIZEOF_UINTPTR_T
#define SIZEOF_UINTPTR_T 4
#undef SIZEOF_PTHREAD_T
#define SIZEOF_PTHREAD_T 4
#undef ALIGNOF_LONG
#define ALIGNOF_LONG 4
#undef ALIGNOF_SIZE_T
#define ALIGNOF_SIZE_T 4
#undef HAVE_GCC_UINT128_T
#undef HAVE_SSIZE_T
#define HAVE_SSIZE_T 1
"""


def build(target: Target, version: str, *, out: Path, source: Path = ROOT) -> Path:
    """Build, tag and check one wheel.

    Args:
        target: The machine it is for.
        version: Of CPython, such as `3.11`; this machine must have its headers.
        out: The folder to write it to.
        source: The project's folder.

    Returns:
        The wheel's path.

    Raises:
        StepError: If headers are missing, or a tool fails.
    """
    include = headers(version)
    if include is None:
        raise StepError(f"CPython {version}: expected its C headers on this machine, found none")
    if target.machine == "armv7l":
        include = _with_word_sizes(include, version)
    python = "cp" + version.replace(".", "")
    raw = CACHE / "raw" / f"{target.machine}-{python}"
    shutil.rmtree(raw, ignore_errors=True)
    environment = {
        **target.environment(),
        "SOURCE_DATE_EPOCH": FILE_DATE_S,
        "SETUPTOOLS_EXT_SUFFIX": f".cpython-{python[2:]}-{target.gnu}.so",
    }
    settings = {
        # One for each target, CPU, version and source: CMake remembers them.
        "build-dir": CACHE / "wheels" / f"{target.machine}{target.zig_cpu}-{python}-{source.name}",
        # Said outright: what asks for another platform's Python makes pip install its programs.
        "wheel.tags": f"{python}-{python}-linux_{target.machine}",
        "cmake.toolchain-file": TOOLCHAIN,
        "cmake.define.Python_INCLUDE_DIR": include,
    }
    options = [word for name, value in settings.items() for word in ("-C", f"{name}={value}")]
    variables = ["env", *(f"{name}={value}" for name, value in environment.items())]
    call(
        *(*variables, "python", "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation"),
        *options,
        *("-w", raw, source),
    )
    repaired = CACHE / "repaired" / raw.name
    shutil.rmtree(repaired, ignore_errors=True)
    call(*variables, "auditwheel", "repair", "-w", repaired, *raw.glob("*.whl"))
    (wheel,) = repaired.glob("*.whl")
    require_module(wheel, target, python)
    out.mkdir(parents=True, exist_ok=True)
    return Path(shutil.copy(wheel, out))


def build_twice(target: Target, version: str, *, out: Path) -> Path:
    """Build from two folders, and require the same bytes.

    Raises:
        StepError: If the two differ, or as `build` does.
    """
    first = build(target, version, out=out)
    copy = CACHE / "second-source"
    shutil.rmtree(copy, ignore_errors=True)
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, copy / name)
    second = build(target, version, out=CACHE / "second", source=copy)
    if first.read_bytes() != second.read_bytes():
        raise StepError(f"{first.name}: expected the same bytes from two folders, got {second}")
    return first


def _with_word_sizes(include: Path, version: str) -> Path:
    """A copy of the headers whose pyconfig.h speaks of a 32-bit machine."""
    copy = CACHE / "headers-32" / f"python{version}"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(include, copy)
    with (copy / "pyconfig.h").open("a", encoding="utf-8") as file:
        file.write(WORD_SIZES)
    return copy
