"""The label table: what a value was at a capture time, and where that is known from.

Long format, one row per (session, t_ns, name). A pair without a row is *masked*: it carries
no loss and no score (A12). As Parquet the columns are

    session  string (dictionary)   folder name of the session
    t_ns     int64                 capture time of the frame
    name     string (dictionary)   one of `schema.VALUE_NAMES`
    value    float32               weight in [0, 1], gaze in rad
    weight   float32               trust, 0..1
    source   string (dictionary)   "metric" | "cue" | "truth"
    take     int32                 number of the take within the session, -1 outside takes

sorted by session, name and time, so that the same labels give the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray

from mien import schema
from mien.errors import TrainError

Source = Literal["metric", "cue", "truth"]
SOURCES: Final[tuple[Source, ...]] = get_args(Source)
COLUMNS: Final = ("session", "t_ns", "name", "value", "weight", "source", "take")
FORMAT: Final = "mien-labels"
VERSION: Final = 1

Dense: TypeAlias = NDArray[np.float32]
"""Shape (N, schema.VALUE_COUNT), float32."""


@dataclass(frozen=True, slots=True)
class LabelTable:
    """Rows of labels as columns of equal length, with names coded as numbers."""

    sessions: tuple[str, ...]
    """What `session` counts into."""
    session: NDArray[np.int32]
    t_ns: NDArray[np.int64]
    name: NDArray[np.int16]
    """Index into `schema.VALUE_NAMES`."""
    value: NDArray[np.float32]
    weight: NDArray[np.float32]
    source: NDArray[np.int8]
    """Index into `SOURCES`."""
    take: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.t_ns)

    def of(self, session: str) -> LabelTable:
        """The rows of one session.

        Raises:
            TrainError: If the table has no such session.
        """
        if session not in self.sessions:
            raise TrainError(f"session: expected one of {list(self.sessions)}, got {session}")
        return self.where(self.session == self.sessions.index(session))

    def where(self, chosen: NDArray[np.bool_] | NDArray[np.intp]) -> LabelTable:
        """The rows for which `chosen`, shape (rows,), is true, or those it numbers, in order."""
        return LabelTable(
            self.sessions,
            self.session[chosen],
            self.t_ns[chosen],
            self.name[chosen],
            self.value[chosen],
            self.weight[chosen],
            self.source[chosen],
            self.take[chosen],
        )

    def dense(self, session: str, t_ns: NDArray[np.int64]) -> tuple[Dense, Dense]:
        """Labels of one session at the given frame times.

        Args:
            session: Folder name of the session.
            t_ns: Capture times, shape (N,), int64, increasing. Only rows at exactly these
                times count.

        Returns:
            Values and weights, each shape (N, schema.VALUE_COUNT), float32; the weight of a
            masked value is 0.

        Raises:
            TrainError: If the table has no such session.
        """
        rows = self.of(session)
        values = np.zeros((len(t_ns), schema.VALUE_COUNT), np.float32)
        weights = np.zeros_like(values)
        if not len(rows) or not len(t_ns):
            return values, weights
        at = np.minimum(np.searchsorted(t_ns, rows.t_ns), len(t_ns) - 1)
        hit = t_ns[at] == rows.t_ns
        values[at[hit], rows.name[hit]] = rows.value[hit]
        weights[at[hit], rows.name[hit]] = rows.weight[hit]
        return values, weights


def rows_of(
    name: str,
    t_ns: NDArray[np.int64],
    value: NDArray[np.floating[Any]] | float,
    *,
    source: Source,
    take: NDArray[np.int32] | int = -1,
    weight: float = 1.0,
    session: str = "",
) -> LabelTable:
    """A table of one value of one session; scalars are repeated over the rows."""
    count = len(t_ns)
    return LabelTable(
        (session,),
        np.zeros(count, np.int32),
        np.asarray(t_ns, np.int64),
        np.full(count, schema.VALUE_INDEX[name], np.int16),
        np.array(np.broadcast_to(value, (count,)), np.float32),
        np.full(count, weight, np.float32),
        np.full(count, SOURCES.index(source), np.int8),
        np.array(np.broadcast_to(take, (count,)), np.int32),
    )


def join(tables: Iterable[LabelTable]) -> LabelTable:
    """One table of all rows, sorted by session, name and time."""
    given = list(tables)
    sessions = tuple(sorted({name for table in given for name in table.sessions}))
    codes = [_recode(table, sessions) for table in given]
    joined = LabelTable(
        sessions,
        _stack(codes, np.int32),
        _stack([table.t_ns for table in given], np.int64),
        _stack([table.name for table in given], np.int16),
        _stack([table.value for table in given], np.float32),
        _stack([table.weight for table in given], np.float32),
        _stack([table.source for table in given], np.int8),
        _stack([table.take for table in given], np.int32),
    )
    order = np.lexsort((joined.t_ns, joined.name, joined.session))
    return joined.where(order)


def _recode(table: LabelTable, sessions: tuple[str, ...]) -> NDArray[np.int32]:
    lookup = np.array([sessions.index(name) for name in table.sessions], np.int32)
    return lookup[table.session]


def _stack(parts: Sequence[NDArray[Any]], dtype: Any) -> NDArray[Any]:  # noqa: ANN401
    return np.concatenate([*parts, np.empty(0, dtype)]).astype(dtype, copy=False)


def write_labels(table: LabelTable, path: Path) -> None:
    """Write a table as Parquet; the same table gives the same bytes.

    The file appears under its name only when it is whole.
    """
    import pyarrow as pa
    from pyarrow import parquet

    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    meta = {b"format": FORMAT.encode(), b"version": str(VERSION).encode()}
    columns = [
        pa.DictionaryArray.from_arrays(table.session, list(table.sessions)),
        pa.array(table.t_ns),
        pa.DictionaryArray.from_arrays(table.name, list(schema.VALUE_NAMES)),
        pa.array(table.value),
        pa.array(table.weight),
        pa.DictionaryArray.from_arrays(table.source, list(SOURCES)),
        pa.array(table.take),
    ]
    arrow = pa.table(columns, names=list(COLUMNS)).replace_schema_metadata(meta)
    parquet.write_table(arrow, part, compression="zstd", row_group_size=1 << 20)
    part.replace(path)


def read_labels(path: Path) -> LabelTable:
    """Read a label table; whole or not at all.

    Raises:
        TrainError: If the file is missing, is not Parquet, lacks a column, or holds an
            unknown name or source.
    """
    import pyarrow as pa
    from pyarrow import parquet

    try:
        arrow = parquet.read_table(path)
    except (OSError, pa.ArrowException) as error:
        raise TrainError(f"{path}: expected a Parquet label table, got {error}") from error
    missing = [name for name in COLUMNS if name not in arrow.column_names]
    if missing:
        raise TrainError(f"{path}: expected the columns {COLUMNS}, got none of {missing}")
    sessions, session = _codes(arrow.column("session"))
    name = _known(arrow.column("name"), schema.VALUE_NAMES, what=f"{path}: name")
    source = _known(arrow.column("source"), SOURCES, what=f"{path}: source")
    return LabelTable(
        sessions,
        session.astype(np.int32),
        arrow.column("t_ns").to_numpy().astype(np.int64),
        name.astype(np.int16),
        arrow.column("value").to_numpy().astype(np.float32),
        arrow.column("weight").to_numpy().astype(np.float32),
        source.astype(np.int8),
        arrow.column("take").to_numpy().astype(np.int32),
    )


def _codes(column: Any) -> tuple[tuple[str, ...], NDArray[np.int64]]:  # noqa: ANN401
    """Words and codes of a string or dictionary column, however another writer made it."""
    import pyarrow as pa

    whole = column.combine_chunks()
    if isinstance(whole, pa.ChunkedArray):
        whole = pa.concat_arrays(whole.chunks) if whole.num_chunks else pa.array([], pa.string())
    if not pa.types.is_dictionary(whole.type):
        whole = whole.dictionary_encode()
    return tuple(whole.dictionary.to_pylist()), whole.indices.to_numpy().astype(np.int64)


def _known(column: Any, words: Sequence[str], *, what: str) -> NDArray[np.int64]:  # noqa: ANN401
    found, codes = _codes(column)
    unknown = [word for word in found if word not in words]
    if unknown:
        raise TrainError(f"{what}: expected one of the schema's, got {unknown}")
    lookup = np.array([words.index(word) for word in found], np.int64)
    return lookup[codes] if len(found) else np.empty(0, np.int64)
