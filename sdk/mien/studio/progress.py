"""Progress bars for long jobs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

_Item = TypeVar("_Item")


class Bars:
    """Draws a bar per job; call it as `mien.types.Progress`, or tell it counts by `count`."""

    def __init__(self, console: Console | None = None) -> None:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
        self._bars = Progress(*columns, TimeRemainingColumn(), console=console)

    def __enter__(self) -> Bars:
        self._bars.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bars.stop()

    def __call__(
        self, items: Iterable[_Item], *, what: str, total: int | None = None
    ) -> Iterator[_Item]:
        """Yield the items unchanged while a bar goes along."""
        yield from self._bars.track(items, total=total, description=what)

    def count(self, done: int, total: int, *, what: str = "") -> None:
        """Show `done` of `total` on the bar of `what`, of a job that counts by itself."""
        task = next((task for task in self._bars.tasks if task.description == what), None)
        number = self._bars.add_task(what, total=total) if task is None else task.id
        self._bars.update(number, completed=done, total=total)
