"""Fuzzes the C++ core: `python3 tools/fuzz.py --seconds N [ENTRY ...]`, N for each entry.

libFuzzer makes up inputs that decide sizes, strides, parameters, and whether views lie over each
other; what must hold stands in tests/cpp/fuzz. Needs clang. What was learnt is kept in
build/fuzz, and a later run goes on from there. An input that breaks a promise is kept too, and the
command that repeats it is printed: make it a test in tests/cpp.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
from collections.abc import Sequence
from pathlib import Path

import machine
import venv_setup
from cpp_build import configure
from tool_call import StepError, StepSkippedError, call
from venv_setup import ROOT

SOURCES = ROOT / "tests" / "cpp" / "fuzz"
FOLDER = "check-fuzz"
"""In build/: what clang built."""
KEPT = ROOT / "build" / "fuzz"
MAX_BYTES = 600
"""Of an input; more would only repeat itself."""
SEED_INPUTS = 24
"""Random inputs to start from: from nothing, libFuzzer stays with short ones for long."""


def entries() -> list[str]:
    """The public entries that have a fuzz target."""
    return sorted(path.stem.removeprefix("fuzz_") for path in SOURCES.glob("fuzz_*.cpp"))


def build() -> Path:
    """Build all targets with libFuzzer and return their folder.

    Raises:
        StepSkippedError: If this machine has no clang with libFuzzer, and none could be installed.
    """
    if not machine.ensure_libfuzzer():
        packages = " and ".join(machine.FUZZ_PACKAGES)
        raise StepSkippedError(f"expected {packages}, see above what to install")
    options = ("-DCMAKE_CXX_COMPILER=clang++", "-DCMAKE_BUILD_TYPE=RelWithDebInfo")
    folder = configure(FOLDER, "-DMIEN_FUZZ=ON", *options)
    call("cmake", "--build", folder, "--target", *(f"fuzz_{entry}" for entry in entries()))
    return folder / "tests" / "cpp" / "fuzz"


def run(programs: Path, names: Sequence[str], *, seconds: int) -> None:
    """Fuzz each entry so long, with a line of result each.

    Raises:
        StepError: At the first input that breaks a promise; the text says how to repeat it.
    """
    for name in names:
        corpus = _corpus(name)
        program = programs / f"fuzz_{name}"
        options = (f"-max_total_time={seconds}", f"-max_len={MAX_BYTES}", "-len_control=0")
        more = (f"-artifact_prefix={KEPT}/found-{name}-", "-timeout=60", "-print_final_stats=1")
        try:
            # What freed memory holds back is of no use here, but would fill the machine's.
            limits = "quarantine_size_mb=16"
            said = call(
                program, *options, *more, corpus, limit_s=seconds + 300, ASAN_OPTIONS=limits
            )
        except StepError as error:
            raise StepError(_find(program, str(error))) from error
        runs = re.findall(r"number_of_executed_units: (\d+)", said)
        edges = re.findall(r"cov: (\d+)", said)
        kept = sum(1 for _ in corpus.iterdir())
        print(f"  {name}: {runs[-1]} inputs, {edges[-1]} edges, {kept} kept", flush=True)


def _find(program: Path, said: str) -> str:
    """What broke, without the progress before it, and how to see it again."""
    words = [line for line in said.splitlines() if not line.startswith(("#", "\t", "INFO"))]
    written = re.findall(r"Test unit written to (\S+)", said)
    repeat = f"repeat: {program} {written[-1]}" if written else "no input was kept"
    return "\n".join([*words[:40], repeat])


def _corpus(name: str) -> Path:
    """The folder of inputs that reached something new; at first, some random ones."""
    folder = KEPT / name
    folder.mkdir(parents=True, exist_ok=True)
    if not any(folder.iterdir()):
        numbers = random.Random(name)  # noqa: S311
        for index in range(SEED_INPUTS):
            data = numbers.randbytes(numbers.randint(16, MAX_BYTES))
            (folder / f"seed-{index}").write_bytes(data)
    return folder


def main() -> int:
    """Fuzz the named entries, or all; return the exit status."""
    venv_setup.pick_python()
    venv_setup.ensure()
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    known = entries()
    parser.add_argument("entries", nargs="*", metavar="ENTRY", help=f"of: {', '.join(known)}")
    parser.add_argument("--seconds", type=int, default=600, metavar="N", help="default: 600")
    arguments = parser.parse_args()
    names = arguments.entries or known
    if unknown := set(names) - set(known):
        parser.error(f"ENTRY: expected some of {', '.join(known)}, got {', '.join(unknown)}")
    try:
        run(build(), names, seconds=arguments.seconds)
    except (StepError, StepSkippedError) as error:
        print(error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
