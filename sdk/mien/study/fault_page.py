"""The fault study as a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from mien.study.markdown import number, table

HEADING: Final = (
    "fault",
    "injected",
    "frames spoilt",
    "told by its name",
    "told by another",
    "`tracked` cleared",
    "good frames lost",
    "crashes",
    "others: MAE without -> with",
    "own values, 0.6 s after",
)


def fault_markdown(rows: Sequence[dict[str, Any]]) -> str:
    """One line per fault of `mien.study.faults.run_fault_study`."""
    return table(HEADING, [_cells(row) for row in rows])


def _cells(row: dict[str, Any]) -> list[str]:
    spoilt, states = row["spoilt"], row["states"]
    return [
        row["fault"],
        str(row["injected"]),
        str(spoilt),
        f"{row['told'] / max(spoilt, 1):.1%}",
        f"{row['misnamed'] / max(spoilt, 1):.1%}",
        # A frame whose time is not believed gives no state.
        f"{row['cleared'] / states:.1%}" if states else "-",
        str(row["lost"]),
        str(row["crashed"]),
        " -> ".join(number(mae, digits=4) for mae in row["others_mae"]),
        number(row["left_over"], digits=4),
    ]
