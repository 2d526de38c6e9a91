"""The README's accuracy table from two files of `mien evaluate --json` and one of `mien label`.

python tools/bench/accuracy_table.py self.json truth.json labels.json

Sides of a unit are averaged; a value that did not move in the test is left out of its mean.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from mien import schema

Units = dict[str, dict[str, Any]]


def mean(units: Units, names: tuple[str, ...], key: str) -> str:
    """Mean over the sides that have a number, `-` if none has."""
    found = [units[name][key] for name in names if name in units]
    known = [value for value in found if value is not None]
    return f"{sum(known) / len(known):.2f}" if known else "-"


def main() -> int:
    """Print the table."""
    own, exact, labels = (
        json.loads(Path(path).read_text(encoding="utf-8")) for path in sys.argv[1:4]
    )
    accuracy = labels["accuracy"]
    print("| unit | FACS | r | MAE | r, trained on truth | MAE, trained on truth | label r |")
    print("|---|---|---|---|---|---|---|")
    for unit in schema.UNITS:
        names = schema.value_names(unit)
        cells = [
            mean(report["units"], names, key) for report in (own, exact) for key in ("r", "mae")
        ]
        label = mean(accuracy["units"], names, "r")
        print(f"| {unit.name} | {unit.action_unit or '-'} | {' | '.join(cells)} | {label} |")
    totals = [f"**{report[key]:.2f}**" for report in (own, exact) for key in ("mean_r", "mean_mae")]
    print(f"| **mean over values** | | {' | '.join(totals)} | **{accuracy['mean_r']:.2f}** |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
