"""Tests an installed wheel where it is installed: `python KIT/on_device/wheel_test.py`.

Needs the package, its own requirements and nothing else: no network, no OpenCV, no other process.
The kit is a folder that tools/cross/device_kit.py makes, with this file in it. Exits 1 if anything
is not as it must be. What it tells of times is for people; no time makes it fail.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import time
from pathlib import Path
from typing import Any

STARTED_NS = time.monotonic_ns()

import mien  # noqa: E402

IMPORTED_NS = time.monotonic_ns()
PUBLIC = [getattr(mien, name) for name in mien.__all__]
READY_NS = time.monotonic_ns()
LOADED = frozenset(sys.modules)
KIT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(KIT))

import numpy as np  # noqa: E402

from mien import _core  # noqa: E402
from mien.capture.rig_file import read_rig  # noqa: E402
from on_device import core_cases  # noqa: E402

NOT_ON_IMPORT = {"torch", "cv2", "rich", "matplotlib", "ai_edge_litert", "tflite_runtime"}
MOST_DIFFERENCE = 0.05
"""Between values here and where the kit was made: LiteRT's int8 kernels round differently on
another CPU. A wrong crop or another model moves values by several tenths."""


class WrongError(Exception):
    """Something is not as it must be; the text says what."""


def require(is_so: object, words: str) -> None:
    """Raise `WrongError` unless it is so; unlike `assert`, also under `python -O`."""
    if not is_so:
        raise WrongError(words)


def check_import() -> dict[str, Any]:
    """Neither importing nor asking for every public name loads anything heavy."""
    heavy = sorted(NOT_ON_IMPORT & LOADED)
    require(not heavy, f"import mien: expected to load no {heavy}")
    times_ns = {"import_s": IMPORTED_NS, "every_name_s": READY_NS}
    return {name: (t_ns - STARTED_NS) * 1e-9 for name, t_ns in times_ns.items()}


def best_table() -> str:
    """The kernel table that this CPU should get."""
    if platform.machine().lower() in {"aarch64", "arm64"}:
        return "neon"
    cpu = Path("/proc/cpuinfo")
    return "avx2" if cpu.exists() and " avx2 " in cpu.read_text(encoding="utf-8") else "scalar"


def check_kernels() -> dict[str, Any]:
    """The best kernel table is in use, and every one gives the bits that are recorded."""
    in_use, best = _core.kernels_in_use(), best_table()
    require(best in {in_use, "scalar"}, f"kernels: expected {best} on this CPU, got {in_use}")
    golden = KIT / "core_hashes.txt"
    lines = [line for line in golden.read_text().splitlines() if line and line[0] != "#"]
    compared, unknown = 0, []
    tables = _core.kernel_tables()
    for wanted, _, case in (line.partition(" ") for line in lines):
        first = None
        for table in tables:
            _core.use_kernels(table)
            got = core_cases.outputs(case)
            if got is None:
                unknown.append(case)
                break
            if first is None:
                require(core_cases.fnv1a(got) == wanted, f"{table}: {case}: expected {wanted}")
                first = [array.tobytes() for array in got]
            require(
                first == [array.tobytes() for array in got], f"{table}: {case}: not {tables[0]}'s"
            )
            compared += 1
    require(compared > 0, f"{golden}: expected cases that this test knows")
    return {"tables": tables, "compared": compared, "not_run": sorted(set(unknown))}


def check_session() -> dict[str, Any]:
    """The shipped model tracks the sample session as it does where the kit was made."""
    with np.load(KIT / "sample.npz") as sample:
        rig = read_rig(KIT / "rig.toml")
        frames = [
            mien.Frame(name, int(t_ns), gray)
            for name in rig
            for t_ns, gray in zip(sample[f"{name}_t_ns"], sample[f"{name}_gray"], strict=True)
        ]
        wanted = sample["values"]
    frames.sort(key=lambda frame: frame.t_ns)
    with mien.Tracker.load() as tracker:
        started = time.monotonic()
        states = list(tracker.track(mien.MemorySource(frames, rig)))
        seconds = time.monotonic() - started
    got = np.array([state.values for state in states])
    require(got.shape == wanted.shape, f"states: expected {wanted.shape}, got {got.shape}")
    require(np.isfinite(got).all(), "values: expected finite ones")
    require(np.ptp(got, axis=0).max() > MOST_DIFFERENCE, "values: expected a face that moves")
    difference = float(np.abs(got - wanted).max())
    require(
        difference <= MOST_DIFFERENCE, f"values: expected within {MOST_DIFFERENCE}, {difference}"
    )
    return {"states": len(states), "largest_difference": difference, "seconds": seconds}


CHECKS = {"import": check_import, "kernels": check_kernels, "session": check_session}


def run(name: str, found: dict[str, Any]) -> bool:
    """Run one check, print and keep what it found; False if it failed."""
    try:
        found[name] = CHECKS[name]()
    except (WrongError, mien.MienError) as error:
        found[name] = {"error": str(error)}
        print(f"{name}: FAILED {error}", flush=True)
        return False
    print(f"{name}: ok {json.dumps(found[name])}", flush=True)
    return True


def main() -> int:
    """Run all checks, print what each found, and say if any failed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--json", type=Path, metavar="FILE", help="write what was found here")
    given = parser.parse_args()
    found: dict[str, Any] = {
        "machine": platform.machine(),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "kernels": _core.kernels_in_use(),
    }
    passed = [run(name, found) for name in CHECKS]
    if given.json:
        given.json.write_text(json.dumps(found, indent=1), encoding="utf-8")
    print(f"{passed.count(True)} passed, {passed.count(False)} failed")
    return 0 if all(passed) else 1


if __name__ == "__main__":
    sys.exit(main())
