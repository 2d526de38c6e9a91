"""Times and errors of the core's kernels beside OpenCV's, on one thread, in one run.

python3 tools/bench/kernels.py [--quick] [--json FILE] [--pairs] [--kernels NAME]
python3 tools/bench/kernels.py --compare BEFORE.json AFTER.json

Ratios are what counts: ours and the peer take turns, so that a busy machine slows both. The quick
form takes under a minute.
"""

from __future__ import annotations

import argparse
import platform
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import cv2
import numpy as np

from bench import filter_rows, flow_rows, kernel_table, motion_rows, preprocess_rows
from bench.cpu import cpu
from bench.kernel_table import Report, Row
from mien import _core

QUICK_S, WHOLE_S = 0.8, 4.0
"""How long each group of functions is timed."""


def _header() -> dict[str, str]:
    name, flags = cpu()
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "cpu": name,
        "flags": flags,
        "kernels": _core.kernels_in_use(),
        "threads": "1",
        "opencv": cv2.__version__,
        "numpy": np.__version__,
        "python": platform.python_version(),
    }


def _groups(seconds: float) -> Iterator[tuple[str, Callable[[], Iterator[Row]]]]:
    yield "preprocess", partial(preprocess_rows.rows, seconds=seconds)
    for size in flow_rows.SIZES:
        yield f"flow {size}", partial(flow_rows.rows, size, seconds=seconds)
        yield f"motion {size}", partial(motion_rows.rows, size, seconds=seconds)
    yield "filter", partial(filter_rows.rows, seconds=seconds)


def measure(seconds: float) -> Report:
    """All rows; says on stderr what it is at."""
    rows: list[Row] = []
    for name, group in _groups(seconds):
        print(f"{name} ..", file=sys.stderr, flush=True)
        rows += group()
    return Report(_header(), rows)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="under a minute")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the rows here too")
    parser.add_argument("--pairs", action="store_true", help="the flow's error on every pair")
    parser.add_argument("--kernels", choices=_core.kernel_tables(), help="default: this CPU's best")
    parser.add_argument("--compare", nargs=2, type=Path, metavar=("BEFORE", "AFTER"))
    return parser.parse_args()


def _compare(before: Path, after: Path) -> int:
    try:
        reports = kernel_table.read(before), kernel_table.read(after)
    except (OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    print(kernel_table.comparison(*reports))
    return 0


def main() -> int:
    """Measure and print, or compare two files."""
    arguments = _arguments()
    if arguments.compare:
        return _compare(*arguments.compare)
    cv2.setNumThreads(1)
    if arguments.kernels:
        _core.use_kernels(arguments.kernels)
    report = measure(QUICK_S if arguments.quick else WHOLE_S)
    print(kernel_table.text(report))
    if arguments.json:
        kernel_table.write(report, arguments.json)
    if arguments.pairs:
        for size in flow_rows.SIZES:
            print("", *flow_rows.pair_lines(size), sep="\n")
    return 0
