"""Keeps the measuring thread on one core."""

from __future__ import annotations

import os
import sys
from typing import NamedTuple

ANY_CORE = -1


class Pinning(NamedTuple):
    """Where the thread is from now on."""

    core: int | None
    problem: str = ""
    """Why it is on no core although it should be."""


def pin_to(core: int | None) -> Pinning:
    """Stay on a core.

    Args:
        core: Its number; `ANY_CORE`: the last one this process may use; None asks for none.
    """
    if core is None:
        return Pinning(None)
    if sys.platform != "linux":
        return Pinning(
            None, f"{sys.platform}: expected a system that lets a program stay on a core"
        )
    allowed = sorted(os.sched_getaffinity(0))
    wanted = allowed[-1] if core == ANY_CORE else core
    if wanted not in allowed:
        cores = " ".join(map(str, allowed))
        return Pinning(
            None, f"expected one of the cores that this process may use ({cores}), got {wanted}"
        )
    try:
        os.sched_setaffinity(0, {wanted})
    except OSError as exc:
        return Pinning(None, f"expected the right to stay on core {wanted}, got: {exc.strerror}")
    return Pinning(wanted)
