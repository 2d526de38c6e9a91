"""Say what mien costs on this machine, and compare two such results."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Final

from mien.commands.command import DONE, Command, chosen, write_json
from mien.commands.options import JSON, MODEL, PATH
from mien.errors import ConfigError, MienError

QUICK: Final = {"seconds": 0.2, "warm_up_s": 0.05}


def bench(given: argparse.Namespace) -> int:
    """Measure on this machine: kernels, networks, whole step, deadlines at 60 to 120 Hz."""
    from mien.bench.plan import BenchPlan
    from mien.bench.progress import ProgressLine
    from mien.bench.run import Listener, row_count, run_bench
    from mien.bench.text import RowPrinter, header_text, verdict_lines

    plan = BenchPlan(
        **(QUICK if given.quick else {})
        | chosen(given, "seconds", "cameras", "kernels", "model")
        | _core(given.core)
        | _rates(given.rates)
    )
    for path in (given.json, given.csv):
        _require_writable(path)
    progress = ProgressLine(row_count(plan), sys.stderr)
    printer = RowPrinter()

    def show(line: str) -> None:
        progress.clear()
        print(line, flush=True)

    report = run_bench(
        plan,
        Listener(
            header=lambda header: show(header_text(header)),
            start=progress.start,
            row=lambda row: show(printer.text(row)),
        ),
    )
    show("\n" + "\n".join(verdict_lines(report)))
    for path, text in ((given.json, report.json_text()), (given.csv, report.csv_text())):
        if path:
            path.write_text(text, encoding="utf-8")
    return DONE


def bench_compare(given: argparse.Namespace) -> int:
    """Put two results of `mien bench` or mien_bench side by side."""
    from mien.bench.compare import compare
    from mien.bench.result_file import read_result
    from mien.bench.text import comparison_lines

    found = compare(read_result(given.first), read_result(given.second))
    print("\n".join(comparison_lines(found)))
    if given.plot:
        from mien.studio.bench_picture import comparison_picture

        names = (given.first.stem, given.second.stem)
        print(f"picture -> {comparison_picture(found, given.plot, names=names)}")
    write_json(given, found.as_json())
    return DONE


def _core(text: str | None) -> dict[str, int | None]:
    if text is None:
        return {}
    if text != "none" and not text.isdigit():
        raise ConfigError(f"--core: expected a number or none, got {text}")
    return {"core": None if text == "none" else int(text)}


def _rates(text: str | None) -> dict[str, tuple[float, ...]]:
    if text is None:
        return {}
    try:
        return {"rates_hz": tuple(float(word) for word in text.split(","))}
    except ValueError as exc:
        raise ConfigError(f"--rates: expected numbers with commas between, got {text}") from exc


def _require_writable(path: Path | None) -> None:
    """Before a minute is spent on measuring what then cannot be written."""
    if path is None:
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8"):
            pass
    except OSError as exc:
        raise MienError(
            f"{path}: expected a file that can be written, got: {exc.strerror}"
        ) from exc


COMMANDS: Final = (
    Command(
        "bench",
        bench,
        (
            ("--quick", {"action": "store_true", "help": "0.2 s for each row: 10 s, rough"}),
            ("--seconds", {"type": float, "help": "for each row, 0.01..3600; default 1"}),
            ("--cameras", {"type": int, "help": "the most cameras, 1..4; default 4"}),
            (
                "--rates",
                {"metavar": "A,B,..", "help": "frames per second; default 60,72,90,120"},
            ),
            (
                "--core",
                {"metavar": "N|none", "help": "the core to stay on; default: the last allowed"},
            ),
            ("--kernels", {"help": "scalar, avx2 or neon; default: this CPU's best"}),
            MODEL,
            JSON,
            ("--csv", {**PATH, "metavar": "FILE", "help": "write the rows as a table"}),
        ),
    ),
    Command(
        "bench compare",
        bench_compare,
        (
            ("first", {**PATH, "help": "result file (--json)"}),
            ("second", {**PATH, "help": "another; ratios under 1 mean that it is faster"}),
            ("--plot", {**PATH, "metavar": "PNG", "help": "draw it (extra studio)"}),
            JSON,
        ),
    ),
)
