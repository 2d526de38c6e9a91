"""The label table: what a value was at a capture time, and where that is known from.

Long format, one row per (session, t_ns, name). A pair without a row, or whose row says
`mask` = False, carries no loss and no score (A12). The columns are

    session     string   folder name of the session
    t_ns        int64    capture time of the frame
    name        string   one of `schema.VALUE_NAMES`
    value       float32  weight in [0, 1], gaze in rad
    confidence  float32  how far to trust the value, 0..1
    mask        bool     True: the row may be learned from and scored
    source      string   "metric" | "cue" | "spontaneous" | "truth"
    take        int32    number of the take within the session, -1 outside takes
    start_ns    int64    when the movement of that take began, -1 outside takes
    peak_ns     int64    when it was largest, -1 outside takes
    end_ns      int64    when it was over, -1 outside takes
    refusal     string   why the row may not be used; empty where it may

sorted by session, name and time, so that the same labels give the same bytes. A take that was
refused keeps its rows, masked and with the reason. `label_file` reads and writes them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal, TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray

from mien import schema
from mien.errors import TrainError

Source = Literal["metric", "cue", "spontaneous", "truth"]
"""Measured in a cued take; known from the cue; measured in a spontaneous stretch; exact."""
SOURCES: Final[tuple[Source, ...]] = get_args(Source)
COLUMNS: Final[dict[str, Any]] = {
    "session": np.int32,
    "t_ns": np.int64,
    "name": np.int16,
    "value": np.float32,
    "confidence": np.float32,
    "mask": np.bool_,
    "source": np.int8,
    "take": np.int32,
    "start_ns": np.int64,
    "peak_ns": np.int64,
    "end_ns": np.int64,
    "refusal": np.int32,
}
"""Column -> its type in memory, where words are counted into a list of them."""

Dense: TypeAlias = NDArray[np.float32]
"""Shape (N, schema.VALUE_COUNT), float32."""


@dataclass(frozen=True, slots=True)
class TakeMark:
    """Which take a row belongs to, and why it may not be used."""

    number: int = -1
    """Within the session; -1 outside takes."""
    start_ns: int = -1
    peak_ns: int = -1
    end_ns: int = -1
    refusal: str = ""


NO_TAKE: Final = TakeMark()


@dataclass(frozen=True, slots=True)
class LabelTable:
    """Rows of labels as columns of equal length, with words coded as numbers.

    `rows_of` and `join` make one; its rows are sorted by session, name and time.
    """

    sessions: tuple[str, ...]
    """What `session` counts into, sorted."""
    refusals: tuple[str, ...]
    """What `refusal` counts into, sorted."""
    session: NDArray[np.int32]
    t_ns: NDArray[np.int64]
    name: NDArray[np.int16]
    """Index into `schema.VALUE_NAMES`."""
    value: NDArray[np.float32]
    confidence: NDArray[np.float32]
    mask: NDArray[np.bool_]
    """True: the row may be learned from and scored."""
    source: NDArray[np.int8]
    """Index into `SOURCES`."""
    take: NDArray[np.int32]
    start_ns: NDArray[np.int64]
    peak_ns: NDArray[np.int64]
    end_ns: NDArray[np.int64]
    refusal: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.t_ns)

    def of(self, session: str) -> LabelTable:
        """The rows of one session.

        Raises:
            TrainError: If the table has no such session.
        """
        if session not in self.sessions:
            raise TrainError(f"session: expected one of {list(self.sessions)}, got {session}")
        code = self.sessions.index(session)
        return self.where(slice(*np.searchsorted(self.session, (code, code + 1))))

    def where(self, chosen: NDArray[np.bool_] | NDArray[np.intp] | slice) -> LabelTable:
        """The rows for which `chosen`, shape (rows,), is true, or those it numbers, in order."""
        columns = {column: getattr(self, column)[chosen] for column in COLUMNS}
        return LabelTable(self.sessions, self.refusals, **columns)

    def usable(self) -> LabelTable:
        """The rows that may be learned from and scored."""
        return self.where(self.mask)

    def dense(self, session: str, t_ns: NDArray[np.int64]) -> tuple[Dense, Dense]:
        """Labels of one session at the given frame times.

        Args:
            session: Folder name of the session.
            t_ns: Capture times, shape (N,), int64, increasing. Only rows at exactly these
                times count.

        Returns:
            Values and confidences, each shape (N, schema.VALUE_COUNT), float32; both are 0
            where a value is masked.

        Raises:
            TrainError: If the table has no such session.
        """
        rows = self.of(session)
        values = np.zeros((len(t_ns), schema.VALUE_COUNT), np.float32)
        confidences = np.zeros_like(values)
        if not len(rows) or not len(t_ns):
            return values, confidences
        at = np.minimum(np.searchsorted(t_ns, rows.t_ns), len(t_ns) - 1)
        hit = (t_ns[at] == rows.t_ns) & rows.mask
        values[at[hit], rows.name[hit]] = rows.value[hit]
        confidences[at[hit], rows.name[hit]] = rows.confidence[hit]
        return values, confidences


def rows_of(
    name: str,
    t_ns: NDArray[np.int64],
    value: NDArray[np.floating[Any]] | float,
    *,
    source: Source,
    confidence: NDArray[np.floating[Any]] | float = 1.0,
    mark: TakeMark = NO_TAKE,
    session: str = "",
) -> LabelTable:
    """A table of one value of one session; scalars are repeated over the rows.

    Args:
        name: One of `schema.VALUE_NAMES`.
        t_ns: Capture times, shape (N,), int64, increasing.
        value: Shape (N,), weight in 0..1 or gaze in rad.
        source: Where it is known from.
        confidence: Shape (N,), 0..1.
        mark: Their take; with a reason of refusal the rows are masked.
        session: Folder name.
    """
    columns: dict[str, Any] = {
        "session": 0,
        "t_ns": t_ns,
        "name": schema.VALUE_INDEX[name],
        "value": value,
        "confidence": confidence,
        "mask": not mark.refusal,
        "source": SOURCES.index(source),
        "take": mark.number,
        "start_ns": mark.start_ns,
        "peak_ns": mark.peak_ns,
        "end_ns": mark.end_ns,
        "refusal": 0,
    }
    arrays = {
        column: np.array(np.broadcast_to(columns[column], t_ns.shape), dtype)
        for column, dtype in COLUMNS.items()
    }
    return LabelTable((session,), (mark.refusal,), **arrays)


def refused(table: LabelTable, reason: str) -> LabelTable:
    """The same rows, none of which may be used; those that already said why keep their reason."""
    words = (*table.refusals, reason)
    codes = np.where(table.mask, len(table.refusals), table.refusal).astype(np.int32)
    return replace(table, refusals=words, refusal=codes, mask=np.zeros_like(table.mask))


def join(tables: Iterable[LabelTable]) -> LabelTable:
    """One table of all rows, sorted by session, name and time."""
    given = list(tables)
    sessions = tuple(sorted({word for table in given for word in table.sessions}))
    refusals = tuple(sorted({word for table in given for word in table.refusals}))
    columns = {
        column: _stack([getattr(table, column) for table in given], dtype)
        for column, dtype in COLUMNS.items()
    }
    columns["session"] = _stack([_recode(t.session, t.sessions, sessions) for t in given], np.int32)
    columns["refusal"] = _stack([_recode(t.refusal, t.refusals, refusals) for t in given], np.int32)
    table = LabelTable(sessions, refusals, **columns)
    keys = (columns["t_ns"], columns["name"], columns["session"])
    return table if _is_sorted(keys) else table.where(np.lexsort(keys))


def _recode(
    codes: NDArray[np.int32], words: Sequence[str], into: Sequence[str]
) -> NDArray[np.int32]:
    place = {word: at for at, word in enumerate(into)}
    return np.array([place[word] for word in words], np.int32)[codes]


def _is_sorted(keys: Sequence[NDArray[Any]]) -> bool:
    """Whether the last key rises, and where it stays the one before it, and so on."""
    rises = np.ones(max(len(keys[0]) - 1, 0), np.bool_)
    for key in keys:
        rises = (key[1:] > key[:-1]) | ((key[1:] == key[:-1]) & rises)
    return bool(rises.all())


def _stack(parts: Sequence[NDArray[Any]], dtype: Any) -> NDArray[Any]:  # noqa: ANN401
    return np.concatenate([*parts, np.empty(0, dtype)]).astype(dtype, copy=False)
