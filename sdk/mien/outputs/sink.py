"""What takes face states, and the simplest one."""

from __future__ import annotations

from types import TracebackType
from typing import Protocol, TypeVar

import numpy as np

from mien import schema
from mien.capture.values import ValueTable
from mien.types import FaceState

_Self = TypeVar("_Self", bound="Closing")


class Sink(Protocol):
    """Takes face states one by one."""

    def add(self, state: FaceState) -> None:
        """Take a state; it may be kept, nothing will write to it."""

    def close(self) -> None:
        """Finish; closing twice is fine."""


class Closing:
    """What closes at the end of its `with` block."""

    def close(self) -> None:
        """Finish; closing twice is fine."""

    def __enter__(self: _Self) -> _Self:  # noqa: PYI019 - Self is newer than Python 3.10
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class MemorySink(Closing):
    """Keeps every state."""

    def __init__(self) -> None:
        self.states: list[FaceState] = []

    def add(self, state: FaceState) -> None:
        """Keep a state."""
        self.states.append(state)

    def table(self) -> ValueTable:
        """All states as one table; NaN where a value was not valid."""
        if not self.states:
            return ValueTable(np.empty(0, np.int64), np.empty((0, schema.VALUE_COUNT), np.float32))
        t_ns = np.array([state.t_ns for state in self.states], np.int64)
        rows = [np.where(s.valid, s.values, np.float32(np.nan)) for s in self.states]
        return ValueTable(t_ns, np.stack(rows).astype(np.float32))
