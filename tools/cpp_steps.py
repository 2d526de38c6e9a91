"""The steps of `check.py` that build and run the C++ core's tests."""

from __future__ import annotations

import json
import os
import platform
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cpp_install
import fuzz
import machine
from cpp_build import TOOLCHAIN_AARCH64, configure
from tool_call import StepError, StepSkippedError, call
from venv_setup import ROOT

GOLDEN = ROOT / "tests" / "golden" / "core_hashes.txt"
FUZZ_SECONDS = 4
"""For each entry; a long run is `tools/fuzz.py`."""


def steps() -> dict[str, Callable[[], object]]:
    """Every step of the core by name, quick ones first."""
    return {
        "cpp": release,
        "cpp-sanitized": sanitized,
        "cpp-threads": threads,
        "cpp-aarch64": aarch64,
        "install": cpp_install.install,
        "fuzz": fuzz_briefly,
        "tidy": tidy,
    }


def release() -> None:
    """As it ships."""
    _build_and_test("check-release", "-DCMAKE_BUILD_TYPE=Release")


def sanitized() -> None:
    """Under the address and undefined-behaviour sanitizers."""
    _build_and_test("check-sanitized", "-DCMAKE_BUILD_TYPE=Debug", "-DMIEN_SANITIZE=ON")


def threads() -> None:
    """Under the thread sanitizer, which finds races in what several threads ran."""
    build = configure("check-threads", "-DCMAKE_BUILD_TYPE=Debug", "-DMIEN_SANITIZE_THREADS=ON")
    call("cmake", "--build", build, "--target", "mien_thread_tests")
    program = build / "tests" / "cpp" / "mien_thread_tests"
    try:
        call(program)
    except StepError as error:
        # Kernels that scatter addresses widely leave no room for the sanitizer's own.
        if "unexpected memory mapping" not in str(error):
            raise
        call("setarch", "-R", program)


def aarch64() -> None:
    """For 64-bit ARM, in an emulator: what only NEON does, and the same bits as everywhere."""
    if platform.machine() in {"aarch64", "arm64"}:
        print("(this machine is one: see cpp) ", end="")
        return
    if not machine.ensure_aarch64_emulator():
        packages = " and ".join(machine.AARCH64_PACKAGES)
        raise StepSkippedError(f"expected {packages}, see above what to install")
    _build_and_test("check-aarch64", "--toolchain", TOOLCHAIN_AARCH64, "-DCMAKE_BUILD_TYPE=Release")


def fuzz_briefly() -> None:
    """Each public entry for some seconds on inputs that libFuzzer makes up."""
    print()
    programs = fuzz.build()
    fuzz.run(programs, fuzz.entries(), seconds=FUZZ_SECONDS)
    # While clang is at hand: another compiler must give the same numbers.
    build = ROOT / "build" / fuzz.FOLDER
    call("cmake", "--build", build, "--target", "mien_core_hashes")
    call(build / "tests" / "cpp" / "mien_core_hashes", GOLDEN)


def tidy() -> None:
    """What clang-tidy finds by the rules of .clang-tidy, all files at once."""
    build = configure("check-release", "-DCMAKE_BUILD_TYPE=Release")
    listed = json.loads((build / "compile_commands.json").read_text(encoding="utf-8"))
    paths = sorted({entry["file"] for entry in listed})

    def findings(path: str) -> list[str]:
        try:
            call("clang-tidy", "-p", build, "--quiet", path)
        except StepError as error:
            lines = str(error).splitlines()
            return [line for line in lines if ": error: " in line] or lines
        return []

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        found = {line for lines in pool.map(findings, paths) for line in lines}
    if found:
        raise StepError("\n".join([*sorted(found), f"see more: clang-tidy -p {build} FILE"]))
    print(f"({len(paths)} files) ", end="")


def core_hashes() -> str:
    """What the core gives on seeded inputs, hashed, a line per case."""
    build = configure("check-release", "-DCMAKE_BUILD_TYPE=Release")
    call("cmake", "--build", build, "--target", "mien_core_hashes")
    return call(build / "tests" / "cpp" / "mien_core_hashes")


def _build_and_test(folder: str, *options: str | Path) -> None:
    build = configure(folder, *options)
    call("cmake", "--build", build)
    said = call("ctest", "--test-dir", build, "--verbose", "--no-tests=error")
    counted = [int(count) for count in re.findall(r"(\d+) tests, \d+ failed", said)]
    if not counted:
        raise StepError(f"ctest: expected the number of tests, got\n{said}")
    print(f"({sum(counted)} tests) ", end="")
