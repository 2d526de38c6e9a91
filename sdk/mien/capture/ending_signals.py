"""Ctrl-C, a polite kill and a closed terminal as a wish to end, not as an end."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

_NAMES: Final = ("SIGINT", "SIGTERM", "SIGHUP")
"""SIGHUP is missing on Windows."""


@contextmanager
def ending_signals(stop: threading.Event) -> Iterator[list[int]]:
    """Set `stop` on any of the signals, for as long as the block lasts.

    Yields:
        The signals that came. Off the main thread, where Python cannot take signals, none.
    """
    received: list[int] = []

    def note(number: int, _frame: FrameType | None) -> None:
        received.append(number)
        stop.set()

    if threading.current_thread() is not threading.main_thread():
        yield received
        return
    numbers = [getattr(signal, name) for name in _NAMES if hasattr(signal, name)]
    before = {number: signal.signal(number, note) for number in numbers}
    try:
        yield received
    finally:
        for number, handler in before.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)
