"""Dense flow beside OpenCV's: time over the pairs in turn, end-point error on every pair."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from itertools import cycle
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from bench import flow_pairs
from bench.kernel_table import Row, row
from bench.timing import medians_ns
from mien.vision.flow import DenseFlow

SIZES: Final = (128, 192, 256)
OURS: Final = "mien"
FAST_PEER, EXACT_PEER, OLD_PEER = "DIS ULTRAFAST", "DIS MEDIUM", "Farneback"

Gray = NDArray[np.uint8]
Flow = NDArray[np.float32]
Method = Callable[[Gray, Gray], Flow]


def methods(size: int) -> dict[str, Method]:
    """Ours and the peers; each keeps its memory, and writes into the same flow every time."""
    ours = DenseFlow(size, size)
    room = ours.run(*np.zeros((2, size, size), np.uint8))
    fast = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST)
    exact = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    out = np.zeros((size, size, 2), np.float32)

    def run_ours(before: Gray, after: Gray) -> Flow:
        ours.run(before, after, out_flow=room.flow_px, out_confidence=room.confidence)
        return room.flow_px

    def run_old(before: Gray, after: Gray) -> Flow:
        # Pyramid scale, levels, window, iterations, neighbourhood, its sigma, flags.
        return np.asarray(
            cv2.calcOpticalFlowFarneback(before, after, out, 0.5, 3, 13, 3, 5, 1.1, 0), np.float32
        )

    return {
        OURS: run_ours,
        FAST_PEER: lambda before, after: np.asarray(fast.calc(before, after, out)),
        EXACT_PEER: lambda before, after: np.asarray(exact.calc(before, after, out)),
        OLD_PEER: run_old,
    }


@cache
def pairs(size: int) -> list[flow_pairs.FlowPair]:
    """All pairs of a size: rendered faces, and Middlebury's where the data is."""
    return [*flow_pairs.face_pairs(size), *flow_pairs.middlebury(size)]


def end_point_error_px(flow_px: Flow, pair: flow_pairs.FlowPair) -> float:
    """Mean distance from the true flow over the valid pixels."""
    return float(np.linalg.norm(flow_px - pair.flow_px, axis=-1)[pair.valid].mean())


@cache
def errors_px(size: int) -> dict[str, dict[str, float]]:
    """Of each pair, named `kind/name`, the error of each method."""
    by = methods(size)
    return {
        f"{pair.kind}/{pair.name.rpartition('/')[2]}": {
            name: end_point_error_px(run(pair.before, pair.after), pair) for name, run in by.items()
        }
        for pair in pairs(size)
    }


def _through(run: Method, chosen: list[flow_pairs.FlowPair]) -> Callable[[], Flow]:
    """A call per pair, one after the other: some methods stop early where little moves."""
    turns = cycle([(pair.before, pair.after) for pair in chosen])
    return lambda: run(*next(turns))


def rows(size: int, *, seconds: float) -> Iterator[Row]:
    """Time against the fast peer, error against the exact one; a third for comparison."""
    by, found = methods(size), errors_px(size)
    for kinds in (("eye", "mouth"), ("middlebury",)):
        chosen = [pair for pair in pairs(size) if pair.kind in kinds]
        if not chosen:
            continue
        errors = [error for name, error in found.items() if name.split("/")[0] in kinds]
        mean = {name: float(np.mean([error[name] for error in errors])) for name in by}
        ns = medians_ns(
            {name: _through(run, chosen) for name, run in by.items()}, seconds=seconds / 2
        )
        for peer in (FAST_PEER, EXACT_PEER, OLD_PEER):
            yield row(
                f"flow, {' and '.join(kinds)} pairs, px",
                f"{size}x{size}",
                ns=ns[OURS],
                peer=peer,
                peer_ns=ns[peer],
                most=None if peer == OLD_PEER else 1.0,
                error=mean[OURS],
                peer_error=mean[peer],
            )


def pair_lines(size: int) -> Iterator[str]:
    """A line per pair: the error of each method, the losers marked."""
    yield f"| {size}x{size} | {' | '.join(methods(size))} | lost |"
    yield "|---|---|---|---|---|---|"
    for name, errors in errors_px(size).items():
        is_lost = errors[OURS] > errors[EXACT_PEER]
        cells = " | ".join(f"{error:.3f}" for error in errors.values())
        yield f"| {name} | {cells} | {'yes' if is_lost else ''} |"
