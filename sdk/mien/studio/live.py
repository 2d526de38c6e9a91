"""A table of units with bars that follows the wearer while tracking."""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType
from typing import Final

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from mien import schema
from mien.runtime.health import Health
from mien.types import FaceState

BAR_CELLS: Final = 12
EIGHTHS: Final = " ▏▎▍▌▋▊▉█"
REDRAW_NS: Final = 66_000_000
"""Capture time between two redraws: drawing must not slow the tracking down."""


def bar(weight: float, *, cells: int = BAR_CELLS) -> str:
    """A weight in 0..1 as a bar with eighths of a character."""
    eighths = round(min(max(weight, 0.0), 1.0) * cells * 8)
    full, rest = divmod(eighths, 8)
    return ("█" * full + (EIGHTHS[rest] if rest else "")).ljust(cells)


def needle(angle_rad: float, *, cells: int = BAR_CELLS) -> str:
    """A gaze angle as a mark on a scale: the wearer's left, or up, is to the right."""
    share = (angle_rad / schema.GAZE_MAX_RAD + 1) / 2
    at = min(max(round(share * (cells - 1)), 0), cells - 1)
    return "".join("●" if cell == at else "·" for cell in range(cells))


def _cell(state: FaceState, name: str) -> Text:
    index = schema.VALUE_INDEX[name]
    if not state.valid[index]:
        return Text("-".center(BAR_CELLS + 6), style="dim")
    value = float(state.values[index])
    is_gaze = name in schema.GAZE_NAMES
    text = f"{needle(value)} {value:+.2f}" if is_gaze else f"{bar(value)} {value:.2f} "
    if not state.tracked[index]:
        return Text(text, style="dim")
    return Text(text, style="cyan" if is_gaze else _heat(value))


def _heat(weight: float) -> str:
    return "bold yellow" if weight > 0.5 else "green" if weight > 0.1 else "grey62"


def _unit_table(title: str, units: Sequence[schema.Unit], state: FaceState) -> Table:
    table = Table(title=title, title_justify="left", box=None, padding=(0, 1), expand=False)
    for heading in ("unit", "wearer's left", "wearer's right"):
        table.add_column(heading, no_wrap=True, header_style="bold")
    for unit in units:
        cells = [_cell(state, name) for name in schema.value_names(unit)]
        table.add_row(unit.name.replace("_", " "), *cells)
    return table


def state_table(state: FaceState, health: Health) -> Group:
    """One face state as a table for a console."""
    eye = [unit for unit in schema.UNITS if "eye" in unit.cameras]
    mouth = [unit for unit in schema.UNITS if "eye" not in unit.cameras]
    grid = Table.grid(padding=(0, 3))
    grid.add_row(_unit_table("eyes", eye, state), _unit_table("mouth", mouth, state))
    return Group(_status(state, health), grid)


def _status(state: FaceState, health: Health) -> Text:
    cameras = "  ".join(
        f"{name} {camera.frames}" + (" silent" if camera.is_silent else "")
        for name, camera in health.cameras.items()
    )
    text = Text(f"t {state.t_ns * 1e-9:8.2f} s   states {health.states}   frames: {cameras}")
    if health.bad_frames:
        text.append(f"   bad {health.bad_frames}", style="red")
    return text


class LiveTable:
    """Redraws the table as states come; on what is no terminal it draws the last one only."""

    def __init__(self, health: Health, *, console: Console | None = None) -> None:
        self._live = Live(console=console, auto_refresh=False, vertical_overflow="crop")
        self._health = health
        self._drawn_ns: int | None = None
        self._last: FaceState | None = None

    def __enter__(self) -> LiveTable:
        self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._last is not None:
            self._live.update(state_table(self._last, self._health))
        self._live.stop()
        if not self._live.console.is_terminal:
            # There it leaves the cursor at the end of what it drew.
            self._live.console.print()

    def watch(self, health: Health) -> None:
        """Show the counts of this tracker from now on."""
        self._health = health

    def add(self, state: FaceState) -> None:
        """Show a state, if the last one drawn is old enough."""
        self._last = state
        is_due = self._drawn_ns is None or abs(state.t_ns - self._drawn_ns) >= REDRAW_NS
        if is_due and self._live.console.is_terminal:
            self._drawn_ns = state.t_ns
            self._live.update(state_table(state, self._health), refresh=True)
