"""Label tables as Parquet files: one group of rows a session, the same labels the same bytes.

Words are dictionaries and each column is packed by its runs. The metadata says which software
and which settings made the file, under `software` and `settings`.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from mien import schema
from mien.errors import TrainError
from mien.train.label_config import LabelConfig
from mien.train.labels import COLUMNS, SOURCES, LabelTable, join

if TYPE_CHECKING:
    import pyarrow as pa

FORMAT: Final = "mien-labels"
VERSION: Final = 2
_WORDS: Final = ("session", "name", "source", "refusal")


def software() -> str:
    """Name and version of this software; `source` where it runs without being installed."""
    try:
        return f"mien {version('mien')}"
    except PackageNotFoundError:
        return "mien source"


def settings_hash(config: LabelConfig) -> str:
    """16 hexadecimal digits that change with any setting of the labeller."""
    return hashlib.sha256(repr(config).encode()).hexdigest()[:16]


def write_labels(
    table: LabelTable,
    path: Path,
    *,
    config: LabelConfig | None = None,
    more: Mapping[str, str] | None = None,
) -> None:
    """Write a table as Parquet; the same table gives the same bytes.

    Args:
        table: Rows of any number of sessions.
        path: The file; it appears under its name only when it is whole.
        config: Settings that made the labels; None: they came from elsewhere.
        more: What else the metadata says; `software` where other software made the labels.
    """
    parts = (table.of(session) for session in table.sessions)
    write_sessions(parts, path, config=config, more=more)


def write_sessions(
    tables: Iterable[LabelTable],
    path: Path,
    *,
    config: LabelConfig | None = None,
    more: Mapping[str, str] | None = None,
) -> None:
    """Write tables of one session each, in the order of their names, one in memory at a time."""
    from pyarrow import parquet

    path.parent.mkdir(parents=True, exist_ok=True)
    # Two runs may write one file: each whole, the later one stays.
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    about = {
        "format": FORMAT,
        "version": str(VERSION),
        "software": software(),
        "settings": settings_hash(config) if config else "",
        **(more or {}),
    }
    with parquet.ParquetWriter(part, _arrow_schema(about), compression="zstd") as writer:
        for table in tables:
            writer.write_table(_arrow(table, about), row_group_size=max(len(table), 1))
    part.replace(path)


def read_labels(path: Path, *, sessions: Sequence[str] | None = None) -> LabelTable:
    """Read a label table; whole or not at all.

    Args:
        path: The file.
        sessions: Read the rows of these alone, at the cost of these alone; None: all rows.

    Raises:
        TrainError: If the file is missing, is not Parquet, is of another version, lacks a
            column, or holds an unknown name or source, or a value or confidence out of range;
            or if it has no row of one of `sessions`.
    """
    import pyarrow as pa
    from pyarrow import compute, parquet

    chosen = (
        None if sessions is None else compute.field("session").isin(pa.array(sessions, pa.string()))
    )
    try:
        _check_version(path, parquet.read_schema(path).metadata or {})
        arrow = parquet.read_table(path, filters=chosen).unify_dictionaries()
    except (OSError, pa.ArrowException) as error:
        raise TrainError(f"{path}: expected a Parquet label table, got {error}") from error
    missing = [name for name in COLUMNS if name not in arrow.column_names]
    if missing:
        raise TrainError(f"{path}: expected the columns {list(COLUMNS)}, got none of {missing}")
    words = {name: _codes(arrow.column(name)) for name in _WORDS}
    unlabelled = [name for name in sessions or () if name not in words["session"][0]]
    if unlabelled:
        raise TrainError(f"{path}: expected labels of {unlabelled}, got none; see `mien label`")
    columns = {
        name: words[name][1] if name in words else arrow.column(name).to_numpy() for name in COLUMNS
    }
    columns["name"] = _known(*words["name"], schema.VALUE_NAMES, what=f"{path}: name")
    columns["source"] = _known(*words["source"], SOURCES, what=f"{path}: source")
    typed = {name: columns[name].astype(dtype, copy=False) for name, dtype in COLUMNS.items()}
    _check_ranges(path, typed)
    # Another writer's words and rows may stand in any order.
    return join([LabelTable(words["session"][0], words["refusal"][0], **typed)])


def read_about(path: Path) -> Mapping[str, str]:
    """What a label file says about itself: format, version, software, settings.

    Raises:
        TrainError: If it is no Parquet file.
    """
    import pyarrow as pa
    from pyarrow import parquet

    try:
        found = parquet.read_schema(path).metadata or {}
    except (OSError, pa.ArrowException) as error:
        raise TrainError(f"{path}: expected a Parquet label table, got {error}") from error
    return {key.decode(): text.decode() for key, text in found.items()}


def _arrow_schema(about: Mapping[str, str]) -> pa.Schema:
    import pyarrow as pa

    word = pa.dictionary(pa.int32(), pa.string())
    fields = [
        (name, word if name in _WORDS else pa.from_numpy_dtype(dtype))
        for name, dtype in COLUMNS.items()
    ]
    return pa.schema(fields, metadata=dict(about))


def _arrow(table: LabelTable, about: Mapping[str, str]) -> pa.Table:
    import pyarrow as pa

    words: dict[str, Sequence[str]] = {
        "session": table.sessions,
        "name": schema.VALUE_NAMES,
        "source": SOURCES,
        "refusal": table.refusals,
    }
    columns = [
        _packed(getattr(table, name), words[name]) if name in words else getattr(table, name)
        for name in COLUMNS
    ]
    return pa.table(columns, schema=_arrow_schema(about))


def _packed(codes: NDArray[Any], words: Sequence[str]) -> pa.DictionaryArray:
    """Only the words that occur, so that a session's bytes do not depend on the others."""
    import pyarrow as pa

    used, packed = np.unique(codes, return_inverse=True)
    return pa.DictionaryArray.from_arrays(
        packed.astype(np.int32), pa.array([words[code] for code in used], pa.string())
    )


def _check_version(path: Path, meta: Mapping[bytes, bytes]) -> None:
    found = meta.get(b"version", b"none").decode()
    if found != str(VERSION):
        raise TrainError(
            f"{path}: expected a label table of version {VERSION}, got {found}; "
            "label the sessions again with `mien label`"
        )


def _check_ranges(path: Path, columns: Mapping[str, NDArray[Any]]) -> None:
    confidence, is_finite = columns["confidence"], np.isfinite(columns["value"])
    if not is_finite.all():
        raise TrainError(f"{path}: expected finite values, got {int((~is_finite).sum())} others")
    if not ((confidence >= 0) & (confidence <= 1)).all():
        raise TrainError(f"{path}: expected confidence in 0..1, got some outside")


def _codes(column: Any) -> tuple[tuple[str, ...], NDArray[np.int64]]:  # noqa: ANN401
    """The words that occur in a column and which of them each row has, whoever wrote it."""
    import pyarrow as pa

    whole = column.combine_chunks()
    if isinstance(whole, pa.ChunkedArray):
        whole = pa.concat_arrays(whole.chunks) if whole.num_chunks else pa.array([], pa.string())
    if not pa.types.is_dictionary(whole.type):
        whole = whole.dictionary_encode()
    words, codes = whole.dictionary.to_pylist(), whole.indices.to_numpy().astype(np.int64)
    is_used = np.bincount(codes, minlength=len(words)) > 0
    kept = tuple(word for word, used in zip(words, is_used, strict=True) if used)
    return kept, (np.cumsum(is_used) - 1)[codes]


def _known(
    found: Sequence[str], codes: NDArray[np.int64], words: Sequence[str], *, what: str
) -> NDArray[np.int64]:
    unknown = [word for word in found if word not in words]
    if unknown:
        raise TrainError(f"{what}: expected one of the schema's, got {unknown}")
    lookup = np.array([words.index(word) for word in found], np.int64)
    return lookup[codes] if len(found) else np.empty(0, np.int64)
