"""Identities of a MakeHuman head: its modelling targets as modes with normal weights.

MakeHuman models a person by about three hundred targets, most in pairs (wider, narrower), each
from 0 to 1. A pair becomes one mode whose sign chooses the target; both sides of the face move
together. Source of the targets: MakeHuman community, `makehuman/data/targets`.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from mien.synth.head_file import Arrays

_PAIRS: Final = (
    *(("incr", "decr"), ("up", "down"), ("out", "in"), ("forward", "backward")),
    *(("convex", "concave"), ("uncompress", "compress")),
)
_LEFT_OUT: Final = ("ears/", "eyes/l-eye-scale", "eyes/l-eye-trans", "eyes/l-eye-push")
"""Never in sight; or they would part the lids from an eyeball that keeps its size."""
_MACRO_STD, _DETAIL_STD = 0.45, 0.3
"""Of the weights: most people stay well within each target's reach."""

Modes = NDArray[np.float32]


def target_identities(arrays: Arrays, count: int) -> tuple[Modes, Modes | None]:
    """Modes for positive and for negative weights, each (K, V, 3), millimetres at weight 1."""
    macros = arrays.get("macro_deltas", np.zeros((0, count, 3)))
    plus = [macro.astype(np.float32) * (10 * _MACRO_STD) for macro in macros]
    minus = [-macro for macro in plus]
    names = [str(name) for name in arrays.get("detail_names", ())]
    details = dict(zip(names, arrays.get("detail_deltas", ()), strict=True))
    still = np.zeros((count, 3), np.float32)
    for name in names:
        other = _opposite(name)
        if name.startswith(_LEFT_OUT) or _is_second(name, names) or "/r-" in name:
            continue
        plus.append(_both_sides(details, name) * (10 * _DETAIL_STD))
        opposite = _both_sides(details, other) if other in details else still
        minus.append(opposite * (10 * _DETAIL_STD))
    return np.array(plus, np.float32), np.array(minus, np.float32)


def _opposite(name: str) -> str:
    for one, other in _PAIRS:
        if name.endswith(f"-{one}"):
            return name.removesuffix(one) + other
    return ""


def _is_second(name: str, names: list[str]) -> bool:
    return any(_opposite(first) == name for first in names)


def _both_sides(details: dict[str, NDArray[np.float16]], name: str) -> Modes:
    left = details[name].astype(np.float32)
    mirrored = name.replace("/l-", "/r-")
    return left + details[mirrored].astype(np.float32) if mirrored != name else left
