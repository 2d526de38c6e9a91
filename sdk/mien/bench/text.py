"""A run and a comparison as plain lines: a headset has no package for tables."""

from __future__ import annotations

from collections.abc import Iterator

from mien.bench.compare import Comparison, Pair
from mien.bench.deadlines import DeadlineRow
from mien.bench.machine import Header
from mien.bench.report import Report
from mien.bench.stages import StageRow

_STAGE_HEADS = (
    "microseconds for each call, one after the other without a pause\n"
    f"{'stage':<30}cameras{'p50':>10}{'p90':>9}{'p99':>9}{'max':>10}{'CPU':>8}"
)
_DEADLINE_HEADS = (
    "\nwhole steps at a frame rate; microseconds from a frame's coming\n"
    f"cameras   rate  frames  missed{'p50':>10}{'p99':>9}{'max':>10}  late start     CPU"
)


def header_text(header: Header) -> str:
    """Which machine this is, and where the run stays."""
    if header.pinned_core is not None:
        place = f"stays on core {header.pinned_core}"
    else:
        place = "stays on no core" + (f": {header.pin_problem}" if header.pin_problem else "")
    return (
        f"mien {header.mien or 'of a checkout'}, kernels {header.kernels}; "
        f"{header.cpu or 'unknown CPU'}, {header.cores} cores ({header.cpu_features})\n"
        f"{header.system}; {header.libc}; Python {header.python}; NumPy {header.numpy}; "
        f"{header.litert or 'no LiteRT'}; governor {header.governor or 'unknown'}\n{place}\n"
    )


class RowPrinter:
    """Lines of rows as they come, with the heads before the first of each kind."""

    def __init__(self) -> None:
        self._last: type | None = None

    def text(self, row: StageRow | DeadlineRow) -> str:
        """One row; above it the heads, where they are due."""
        is_first, self._last = type(row) is not self._last, type(row)
        if isinstance(row, StageRow):
            return (_STAGE_HEADS + "\n" if is_first else "") + _stage_line(row)
        return (_DEADLINE_HEADS + "\n" if is_first else "") + _deadline_line(row)


def _stage_line(row: StageRow) -> str:
    us = row.us
    times = f"{us.p50:>10.1f}{us.p90:>9.1f}{us.p99:>9.1f}{us.max:>10.1f}"
    return f"{row.stage:<36}{row.cameras}{times}{row.cpu_share:>8.3f}"


def _deadline_line(row: DeadlineRow) -> str:
    us = row.us
    counts = f"{row.cameras:>7}{row.rate_hz:>7.0f}{row.frames:>8}{row.missed:>8}"
    times = f"{us.p50:>10.1f}{us.p99:>9.1f}{us.max:>10.1f}{row.late_start_p99_us:>12.1f}"
    return f"{counts}{times}{row.cpu_share:>8.3f}"


def verdict_lines(report: Report) -> Iterator[str]:
    """Memory, power, heat, and whether the machine was quiet."""
    state = report.state
    if state.rss_kb is not None:
        yield f"memory: {state.rss_kb} kB resident, {state.peak_rss_kb} kB at most"
    if state.watts is not None:
        yield f"power: {state.watts:.1f} W (package)"
    if state.battery_watts is not None:
        yield f"power: {state.battery_watts:.2f} W (from the battery, whole device)"
    for zone, degrees in state.after.celsius.items():
        yield f"temperature: {degrees:.1f} C ({zone})"
    if state.is_throttled:
        yield "THROTTLED: the core runs slower than at the start"
    if not report.noise.is_noisy:
        yield "the machine was quiet enough"
        return
    yield "NOISY: do not compare these figures with others."
    yield from (f"  {reason}" for reason in report.noise.reasons)


def comparison_lines(found: Comparison) -> Iterator[str]:
    """The table, then what else differs."""
    for warning in found.warnings:
        yield f"WARNING: {warning}"
    width = max(len(pair.label) for pair in found.pairs)
    yield f"{'':<{width}}{'p50 us':>20}{'ratio':>7}{'p99 us':>20}{'missed %':>14}{'CPU':>14}"
    for pair in found.pairs:
        yield _pair_line(pair, width)
    if found.software:
        yield f"versions: {'; '.join(found.software)}"
    for word, names in (("first", found.only_first), ("second", found.only_second)):
        if names:
            yield f"only in the {word}: {len(names)} rows ({names[0]}, ..)"


def _pair_line(pair: Pair, width: int) -> str:
    missed = ""
    if pair.first_missed is not None and pair.second_missed is not None:
        missed = f"{100 * pair.first_missed:.1f} -> {100 * pair.second_missed:.1f}"
    p50 = f"{pair.first_p50_us:.1f} -> {pair.second_p50_us:.1f}"
    p99 = f"{pair.first_p99_us:.1f} -> {pair.second_p99_us:.1f}"
    cpu = f"{pair.first_cpu_share:.3f} -> {pair.second_cpu_share:.3f}"
    return f"{pair.label:<{width}}{p50:>20}{pair.ratio:>7.2f}{p99:>20}{missed:>14}{cpu:>16}"
