"""Two files of `mien evaluate --json` beside each other, as a Markdown table.

python tools/bench/before_after.py before.json after.json

Sides of a unit are averaged.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from mien import schema


def main() -> int:
    """Print the table."""
    reports = [json.loads(Path(path).read_text(encoding="utf-8")) for path in sys.argv[1:3]]
    print("| unit | r before | r after | MAE before | MAE after |")
    print("|---|---|---|---|---|")
    for unit in schema.UNITS:
        names = schema.value_names(unit)
        cells = [mean(report, names, key) for key in ("r", "mae") for report in reports]
        if any(cell != "-" for cell in cells):
            print(f"| {unit.name} | {' | '.join(cells)} |")
    means = [f"{report[key]:.3f}" for key in ("mean_r", "mean_mae") for report in reports]
    print(f"| **mean over values** | {' | '.join(means)} |")
    return 0


def mean(report: dict[str, Any], names: tuple[str, ...], key: str) -> str:
    """Mean over the sides that have a number, `-` if none has."""
    found = [report["units"][name][key] for name in names if name in report["units"]]
    known = [value for value in found if value is not None]
    return f"{sum(known) / len(known):.3f}" if known else "-"


if __name__ == "__main__":
    sys.exit(main())
