"""The steps of `check.py` for what runs on devices: the benchmark program and the wheels."""

from __future__ import annotations

import json
import platform
import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import machine
from cpp_build import TOOLCHAIN_AARCH64, configure
from tool_call import StepError, StepSkippedError, call
from venv_setup import ROOT

EMULATED = ("3.11", "3.13")
"""CPythons that there is an emulated 64-bit ARM one of."""
DESCRIPTION = ROOT / "tools" / "bench" / "RESULTS.md"


def steps() -> dict[str, Callable[[], object]]:
    """Every step by name, quick ones first."""
    return {"bench": bench, "tflite": tflite, "wheels": wheels}


def bench() -> None:
    """mien_bench here and, in an emulator, on 64-bit ARM: what it writes is whole."""
    release = ("-DCMAKE_BUILD_TYPE=Release",)
    _run_bench(configure("check-release", *release), [])
    if platform.machine() in {"aarch64", "arm64"}:
        return
    if not machine.ensure_aarch64_emulator():
        packages = " and ".join(machine.AARCH64_PACKAGES)
        raise StepSkippedError(f"on aarch64: expected {packages}, see above what to install")
    qemu = shutil.which("qemu-aarch64-static") or "qemu-aarch64"
    build = configure("check-aarch64", "--toolchain", TOOLCHAIN_AARCH64, *release)
    _run_bench(build, [qemu, "-cpu", "cortex-a72"])


def tflite() -> None:
    """The shipped model under tflite-runtime 2.14, in a venv of its own, and under LiteRT."""
    said = call("python", ROOT / "tools" / "tflite_parity.py")
    if "NOT RUN" in said:
        raise StepSkippedError(said)


def wheels() -> None:
    """The wheel for 64-bit ARM, cross-compiled, and tested in an emulator.

    The first time it downloads zig's package, an emulator, a Python and LiteRT: 250 MB.
    """
    if platform.machine() != "x86_64" or not sys.platform.startswith("linux"):
        raise StepSkippedError(f"expected x86-64 Linux to build on, got {platform.machine()}")
    from cross import interpreters

    version = next((v for v in EMULATED if interpreters.headers(v)), None)
    if version is None:
        raise StepSkippedError(f"expected the C headers of CPython {' or '.join(EMULATED)}")
    print()
    builder = ROOT / "tools" / "cross" / "build_wheels.py"
    said = call("python", builder, "linux-aarch64", "--python", version)
    print(said, end="")
    if "NOT RUN" in said:
        raise StepSkippedError(said)


def _run_bench(build: Path, emulator: list[str | Path]) -> None:
    call("cmake", "--build", build, "--target", "mien_bench")
    program = build / "csrc" / "bench" / "mien_bench"
    result = build / "bench.json"
    call(*emulator, program, "--seconds", "0.05", "--json", result, "--csv", build / "bench.csv")
    found = json.loads(result.read_text(encoding="utf-8"))
    if (found["format"], found["version"]) != ("mien-bench", 1):
        raise StepError(f"{result}: expected mien-bench 1, got {found['format']}")
    for row in found["stages"]:
        if row["allocations"] != 0 or row["calls"] < 1 or row["us"]["p50"] <= 0:
            raise StepError(f"{result}: expected calls that allocate nothing, got {row}")
    if len(found["deadlines"]) != 16:
        raise StepError(f"{result}: expected 16 rows of deadlines, got {len(found['deadlines'])}")
    described = set(re.findall(r"\w+", DESCRIPTION.read_text(encoding="utf-8")))
    if unknown := _names(found) - described:
        raise StepError(f"{DESCRIPTION}: expected every field of {result}, got none of {unknown}")
    _must_refuse(*emulator, program, "--json", build / "no-such-folder" / "x.json")
    _must_refuse(*emulator, program, "--kernels", "mmx")
    _must_refuse(*emulator, program, "--cameras", "0")


def _names(found: object) -> set[str]:
    """The names of all fields, but for those of thermal zones."""
    if isinstance(found, list):
        return {name for row in found for name in _names(row)}
    if not isinstance(found, dict):
        return set()
    inner = (_names(value) for name, value in found.items() if name != "celsius")
    return set(found).union(*inner)


def _must_refuse(*command: str | Path) -> None:
    try:
        call(*command)
    except StepError as error:
        if "expected" not in str(error):
            raise
    else:
        raise StepError(f"$ {' '.join(map(str, command))}\nexpected an error, got none")
