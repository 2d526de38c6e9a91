"""Wheels for several machines, built and tested on this one: `build_wheels.py TARGET...`.

    python3 tools/cross/build_wheels.py linux-aarch64
    python3 tools/cross/build_wheels.py linux-x86_64 linux-aarch64 --python 3.11 3.12 --twice

Writes manylinux2014 wheels to dist/ and tests each where it was built: in a venv of its own, or in
an emulator. Makes `.venv` by itself; what it downloads stays in build/cross (or MIEN_CROSS_CACHE).
tools/cross/README.md says what that is.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

TOOLS = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TOOLS))

import venv_setup  # noqa: E402
from cross import device_kit, interpreters, smoke_test, wheel_build, wheel_contents  # noqa: E402
from cross.targets import CACHE, TARGETS  # noqa: E402
from tool_call import StepError, StepSkippedError  # noqa: E402

COLUMNS = "{:<16}{:<8}{:>9}{:>9}{:>9}{:>9}{:>11}  {}"
HEADS = ("target", "python", "wheel kB", "core kB", "model kB", "build s", "install s", "tested")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("targets", nargs="+", choices=TARGETS, metavar="TARGET")
    parser.add_argument(
        *("--python", "-p"),
        nargs="+",
        choices=wheel_build.VERSIONS,
        help="CPython versions; default: all whose headers are on this machine",
    )
    parser.add_argument("--out", type=Path, default=venv_setup.ROOT / "dist", help="default: dist")
    parser.add_argument("--twice", action="store_true", help="build twice, require the same bytes")
    parser.add_argument("--no-test", action="store_true", help="build only")
    return parser.parse_args()


def _versions(given: list[str] | None) -> list[str]:
    versions = given or [v for v in wheel_build.VERSIONS if interpreters.headers(v)]
    left_out = [v for v in wheel_build.VERSIONS if v not in versions]
    if left_out and not given:
        print(f"left out, for want of Python.h on this machine: CPython {', '.join(left_out)}")
    return versions


def _tested(wheel: Path, target_name: str, version: str, *, kit: Path) -> tuple[str, float]:
    """What the smoke test said in a few words, and how long the installation took."""
    try:
        found: dict[str, Any] = smoke_test.run(wheel, TARGETS[target_name], version, kit=kit)
    except StepSkippedError as reason:
        return f"NOT RUN: {reason}", float("nan")
    kernels, session = found["kernels"], found["session"]
    return (
        f"{kernels['compared']} golden cases on {'+'.join(kernels['tables'])}, "
        f"{session['states']} states within {session['largest_difference']:.3f}, "
        f"import {found['import']['import_s'] * 1e3:.0f} ms, "
        f"every name {found['import']['every_name_s'] * 1e3:.0f} ms"
    ), found["install_s"]


def _one(target_name: str, version: str, *, given: argparse.Namespace, kit: Path | None) -> str:
    """A row of the table."""
    started = time.monotonic()
    build = wheel_build.build_twice if given.twice else wheel_build.build
    wheel = build(TARGETS[target_name], version, out=given.out)
    build_s = time.monotonic() - started
    weights = wheel_contents.sizes(wheel)
    tested, install_s = "not tested", float("nan")
    if kit is not None:
        tested, install_s = _tested(wheel, target_name, version, kit=kit)
    kilobytes = (f"{size / 1e3:.0f}" for size in (weights.whole, weights.core, weights.model))
    seconds = (f"{build_s:.0f}", f"{install_s:.0f}")
    return COLUMNS.format(target_name, version, *kilobytes, *seconds, tested)


def _show(target_name: str, version: str, *, given: argparse.Namespace, kit: Path | None) -> bool:
    """Print a row; False if the wheel failed."""
    try:
        print(_one(target_name, version, given=given, kit=kit), flush=True)
    except (StepError, subprocess.TimeoutExpired) as error:
        print(f"{target_name} CPython {version}: FAILED {error}", flush=True)
        return False
    return True


def main() -> int:
    """Build and test; 1 if any wheel failed."""
    given = _arguments()
    venv_setup.pick_python()
    venv_setup.enter(extras=["camera"], groups=["wheels"])
    kit = None if given.no_test else device_kit.make(CACHE / "kit")
    versions = _versions(given.python)
    print(COLUMNS.format(*HEADS), flush=True)
    failed = 0
    for target_name in given.targets:
        for version in versions:
            failed += not _show(target_name, version, given=given, kit=kit)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
