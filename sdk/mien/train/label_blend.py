"""One curve per value, in shares of the session's largest take, from all its cameras (A10)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from mien.train.label_config import LabelConfig
from mien.train.label_curves import CameraCurves, TakeCurve
from mien.train.takes import Curve

Scale: TypeAlias = Mapping[tuple[str, str], float]
"""(value name, camera) -> largest accepted peak, crop pixels."""


@dataclass(frozen=True, slots=True)
class ValueCurve:
    """One value during one segment, 1 = the session's largest take."""

    name: str
    number: int
    """Of the segment; the take number in the table."""
    t_ns: NDArray[np.int64]
    share: Curve
    start_ns: int
    """The movement, or the cue where the wearer was slower or faster than it."""
    end_ns: int


def largest(takes: Iterable[TakeCurve]) -> dict[tuple[str, str], float]:
    """Largest accepted peak of each value in each camera."""
    scale: dict[tuple[str, str], float] = {}
    for seen in takes:
        if not seen.take.refusal:
            key = (seen.name, seen.camera)
            scale[key] = max(scale.get(key, 0.0), seen.take.peak_px)
    return scale


def judge_sizes(takes: Sequence[TakeCurve], config: LabelConfig) -> list[TakeCurve]:
    """The takes, with those refused that are too small beside the session's largest."""
    scale = largest(takes)
    judged: list[TakeCurve] = []
    for seen in takes:
        share = seen.take.peak_px / scale.get((seen.name, seen.camera), np.inf)
        if not seen.take.refusal and share < config.min_share_of_largest:
            reason = f"peak is {share:.3f} of the session's largest"
            judged.append(replace(seen, take=replace(seen.take, refusal=reason)))
        else:
            judged.append(seen)
    return judged


def blend(cameras: Sequence[CameraCurves], config: LabelConfig) -> list[ValueCurve]:
    """One curve per value and accepted take.

    Where two cameras see a value, their curves are averaged, each in shares of its own largest
    take and weighted by its squared ratio of peak to noise.
    """
    accepted = [seen for view in cameras for seen in view.takes if not seen.take.refusal]
    scale = largest(accepted)
    trust = _trust(accepted)
    groups: dict[tuple[str, int], list[TakeCurve]] = {}
    for seen in accepted:
        groups.setdefault((seen.name, seen.segment.number), []).append(seen)
    return [
        _mean(group, scale=scale, trust=trust, config=config) for _, group in sorted(groups.items())
    ]


def _trust(accepted: Sequence[TakeCurve]) -> dict[tuple[str, str], float]:
    ratios: dict[tuple[str, str], list[float]] = {}
    for seen in accepted:
        ratios.setdefault((seen.name, seen.camera), []).append(min(seen.take.snr, 100.0) ** 2)
    return {key: float(np.median(found)) for key, found in ratios.items()}


def _mean(
    group: Sequence[TakeCurve],
    *,
    scale: Scale,
    trust: Mapping[tuple[str, str], float],
    config: LabelConfig,
) -> ValueCurve:
    first = group[0]
    t_ns = first.t_ns
    total = np.zeros(len(t_ns))
    weights = [trust[seen.name, seen.camera] for seen in group]
    for seen, weight in zip(group, weights, strict=True):
        top = scale[seen.name, seen.camera] if config.is_session_scaled else seen.take.peak_px
        share = np.interp(t_ns, seen.t_ns, seen.curve) / max(top, 1e-9)
        total += share * weight / sum(weights)
    cue = first.segment.cues[0]
    best = group[int(np.argmax(weights))]
    start_ns = int(best.t_ns[best.take.start])
    end_ns = int(best.t_ns[min(best.take.end, len(best.t_ns) - 1)])
    return ValueCurve(
        first.name,
        first.segment.number,
        t_ns,
        total,
        min(start_ns, cue.start_ns),
        max(end_ns, cue.end_ns),
    )
