"""The result of a run; tools/bench/RESULTS.md describes the files."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import asdict, astuple, dataclass
from typing import Any, Final

from mien.bench.deadlines import DeadlineRow
from mien.bench.load import Noise
from mien.bench.machine import Header
from mien.bench.power import State
from mien.bench.stages import StageRow
from mien.bench.timing import Timing

FORMAT: Final = "mien-bench"
VERSION: Final = 1
CSV_HEADS: Final = (
    *("kind", "stage", "cameras", "rate_hz", "calls", "missed"),
    *("mean_us", "p50_us", "p90_us", "p99_us", "max_us", "cpu_share", "allocations"),
)


@dataclass(frozen=True, slots=True)
class Report:
    """What one machine did once."""

    header: Header
    noise: Noise
    state: State
    stages: tuple[StageRow, ...]
    deadlines: tuple[DeadlineRow, ...]

    def as_json(self) -> dict[str, Any]:
        """The fields of a result file."""
        return {"format": FORMAT, "version": VERSION, **asdict(self)}

    def json_text(self) -> str:
        """A result file."""
        return json.dumps(self.as_json(), indent=1) + "\n"

    def csv_text(self) -> str:
        """The rows as a table."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(CSV_HEADS)
        for row in self.stages:
            figures = (*_rounded(row.us), f"{row.cpu_share:.6f}", row.allocations)
            writer.writerow(("stage", row.stage, row.cameras, None, row.calls, None, *figures))
        for one in self.deadlines:
            figures = (*_rounded(one.us), f"{one.cpu_share:.6f}", None)
            key = ("deadline", one.step, one.cameras, one.rate_hz, one.frames, one.missed)
            writer.writerow((*key, *figures))
        return text.getvalue()


def _rounded(us: Timing) -> tuple[str, ...]:
    return tuple(f"{value:.3f}" for value in astuple(us))
