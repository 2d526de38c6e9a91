"""What the wearer was asked to do, and when: `cues.csv`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Final, Literal, cast, get_args

from mien import schema
from mien.capture.problems import Problem, raise_first, shown
from mien.capture.table_file import Row, number, read_rows, time_ns, write_rows

CueKind = Literal["neutral", "take", "gaze", "blink", "spontaneous"]
CUE_KINDS: Final[tuple[CueKind, ...]] = get_args(CueKind)
CUE_COLUMNS: Final = ("start_ns", "end_ns", "kind", "name", "yaw_rad", "pitch_rad")
CUE_NAMES: Final = frozenset((*schema.UNIT_BY_NAME, *schema.VALUE_NAMES))
"""What a cue may name: a unit (both sides of it) or one value."""


@dataclass(frozen=True, slots=True)
class Cue:
    """One instruction to the wearer, for `start_ns <= t < end_ns`."""

    start_ns: int
    end_ns: int
    kind: CueKind
    """`neutral` face at rest; `take` one unit up and down; `gaze` look at a point; `blink`;
    `spontaneous` anything."""
    name: str = ""
    """For a take: the unit (both sides) or the value (one side). Otherwise usually empty."""
    yaw_rad: float = 0.0
    """For a gaze: where to look, towards the wearer's left."""
    pitch_rad: float = 0.0
    """For a gaze: where to look, upward."""


def cue_fault(cue: Cue) -> str | None:
    """The first rule that a cue breaks, as `expected ..., got ...`; None for a good cue."""
    gaze = (cue.yaw_rad, cue.pitch_rad)
    rules: tuple[tuple[bool, str, object], ...] = (
        (cue.start_ns >= 0, "start_ns >= 0", cue.start_ns),
        (cue.end_ns > cue.start_ns, f"end_ns above start_ns ({cue.start_ns})", cue.end_ns),
        (cue.kind in CUE_KINDS, f"kind one of {', '.join(CUE_KINDS)}", cue.kind),
        (cue.kind != "take" or cue.name != "", "a take to name a unit or a value", cue.name),
        (cue.name in ("", *CUE_NAMES), "name of a unit or a value", cue.name),
        (
            all(math.isfinite(a) and abs(a) <= schema.GAZE_MAX_RAD for a in gaze),
            f"yaw_rad, pitch_rad within +-{schema.GAZE_MAX_RAD}",
            gaze,
        ),
    )
    return next((f"expected {rule}, got {shown(got)}" for ok, rule, got in rules if not ok), None)


def _cue(row: Row) -> Cue | str:
    start_ns, end_ns = time_ns(row.cells[0]), time_ns(row.cells[1])
    yaw_rad, pitch_rad = number(row.cells[4] or "0"), number(row.cells[5] or "0")
    if start_ns is None or end_ns is None:
        return f"expected start_ns, end_ns as digits, 0..2^63-1, got {shown(row.cells[:2])}"
    if yaw_rad is None or pitch_rad is None:
        return f"expected yaw_rad, pitch_rad as finite numbers, got {shown(row.cells[4:])}"
    kind = cast("CueKind", row.cells[2])
    cue = Cue(start_ns, end_ns, kind, name=row.cells[3], yaw_rad=yaw_rad, pitch_rad=pitch_rad)
    return cue_fault(cue) or cue


def parse_cues(path: Path) -> tuple[list[Cue], list[Problem]]:
    """The good cues of a file in file order, and what is wrong with it."""
    rows, problems = read_rows(path, CUE_COLUMNS)
    cues: list[Cue] = []
    for row in rows:
        cue = _cue(row)
        if isinstance(cue, str):
            problems.append(Problem(str(path), row.number, cue))
        elif cues and cue.start_ns < cues[-1].end_ns:
            rule = f"expected start_ns at or after the cue before ends ({cues[-1].end_ns})"
            problems.append(Problem(str(path), row.number, f"{rule}, got {cue.start_ns}"))
        else:
            cues.append(cue)
    return cues, problems


def read_cues(path: Path) -> list[Cue]:
    """The cues of a file, in time order, never overlapping.

    Raises:
        SessionError: If the file breaks a rule; it names the row.
    """
    cues, problems = parse_cues(path)
    raise_first(problems)
    return cues


def write_cues(path: Path, cues: Sequence[Cue]) -> None:
    """Write a cue file, whole or not at all.

    Raises:
        SessionError: If a cue breaks a rule or starts before the one before it ends.
    """
    problems: list[Problem] = []
    for row, cue in enumerate(cues, start=2):
        fault = cue_fault(cue)
        if fault is None and row > 2 and cue.start_ns < cues[row - 3].end_ns:
            fault = f"expected start_ns >= {cues[row - 3].end_ns}, got {cue.start_ns}; sort them"
        if fault is not None:
            problems.append(Problem(str(path), row, fault))
    raise_first(problems)
    write_rows(path, CUE_COLUMNS, map(astuple, cues))
