"""One curve per value, in shares of the session's largest take, from all its cameras (A10)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from mien import schema
from mien.train.label_confidence import confidence_of, expected_error
from mien.train.label_config import LabelConfig
from mien.train.label_curves import CameraCurves, TakeCurve
from mien.train.label_mixtures import MixtureCurve
from mien.train.label_rules import FLOW_BLIND
from mien.train.labels import NO_TAKE, Source, TakeMark
from mien.train.takes import Curve

BLIND: Final = "flow cannot see this unit"

Scale: TypeAlias = Mapping[tuple[str, str], float]
"""(value name, camera) -> largest accepted peak, crop pixels."""


@dataclass(frozen=True, slots=True)
class ValueCurve:
    """One value during one segment, 1 = the session's largest take."""

    name: str
    t_ns: NDArray[np.int64]
    share: Curve
    confidence: Curve
    """How far to trust each frame, shape (n,), 0..1."""
    mark: TakeMark
    """Number, start, peak and end of the take; why it is refused, if it is."""
    first_ns: int
    """From when on it is labelled: the cue, or the movement if that began before it."""
    last_ns: int
    """Until when: the cue, or the movement if that ended after it."""
    source: Source = "metric"


def largest(takes: Iterable[TakeCurve]) -> dict[tuple[str, str], float]:
    """Largest accepted peak of each value in each camera."""
    scale: dict[tuple[str, str], float] = {}
    for seen in takes:
        if not seen.take.refusal:
            key = (seen.name, seen.camera)
            scale[key] = max(scale.get(key, 0.0), seen.take.peak_px)
    return scale


def judge_sizes(takes: Sequence[TakeCurve], config: LabelConfig) -> list[TakeCurve]:
    """The takes; refused are those too small beside the largest, and what flow cannot see."""
    scale = largest(takes)
    judged: list[TakeCurve] = []
    for seen in takes:
        if schema.UNIT_OF_VALUE[seen.name].name in FLOW_BLIND:
            judged.append(replace(seen, take=replace(seen.take, refusal=BLIND)))
            continue
        share = seen.take.peak_px / scale.get((seen.name, seen.camera), np.inf)
        if not seen.take.refusal and share < config.min_share_of_largest:
            reason = f"peak is {share:.3f} of the session's largest"
            judged.append(replace(seen, take=replace(seen.take, refusal=reason)))
        else:
            judged.append(seen)
    return judged


def blend(cameras: Sequence[CameraCurves], config: LabelConfig) -> list[ValueCurve]:
    """One curve per value and take; of a take that every camera refused, one with the reason.

    Where two cameras see a value, their curves are averaged, each in shares of its own largest
    take and weighted by its squared ratio of peak to noise.
    """
    mixtures = [mixture for view in cameras for mixture in view.mixtures]
    together = {_key(mixture): mixture for mixture in mixtures}
    mixed = [mixture for mixture in mixtures if mixture.segment.take is None]
    seen = [take for view in cameras for take in view.takes]
    accepted = [take for take in seen if not take.take.refusal]
    scale = largest(accepted)
    trust = _trust(accepted)
    curves = [_mixed(group) for group in _of_one_value(mixed)]
    for _, group in sorted(_groups(seen).items()):
        used = [take for take in group if not take.take.refusal]
        curves.append(
            _mean(used, scale=scale, trust=trust, together=together, config=config)
            if used
            else _refused(group, scale=scale)
        )
    return curves


def _of_one_value(mixed: Iterable[MixtureCurve]) -> list[list[MixtureCurve]]:
    groups: dict[tuple[str, int], list[MixtureCurve]] = {}
    for curve in mixed:
        groups.setdefault((curve.name, curve.segment.number), []).append(curve)
    return [group for _, group in sorted(groups.items())]


def _mixed(group: Sequence[MixtureCurve]) -> ValueCurve:
    """The mean over cameras, each weighted by what its misfit leaves of it."""
    t_ns = group[0].t_ns
    shares = np.stack([np.interp(t_ns, one.t_ns, one.share) for one in group])
    errors = np.stack([np.interp(t_ns, one.t_ns, _mixture_error(one)) for one in group])
    share = np.average(shares, axis=0, weights=1 / errors**2)
    cues = group[0].segment.cues
    return ValueCurve(
        group[0].name,
        t_ns,
        share,
        confidence_of(errors.min(axis=0)),
        NO_TAKE,
        cues[0].start_ns,
        cues[-1].end_ns,
        "spontaneous",
    )


def _groups(seen: Iterable[TakeCurve]) -> dict[tuple[str, int], list[TakeCurve]]:
    groups: dict[tuple[str, int], list[TakeCurve]] = {}
    for take in seen:
        groups.setdefault((take.name, take.segment.number), []).append(take)
    return groups


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
    together: Mapping[tuple[str, str, int], MixtureCurve],
    config: LabelConfig,
) -> ValueCurve:
    t_ns = group[0].t_ns
    total = np.zeros(len(t_ns))
    weights = [trust[seen.name, seen.camera] for seen in group]
    for seen, weight in zip(group, weights, strict=True):
        top = scale[seen.name, seen.camera] if config.is_session_scaled else seen.take.peak_px
        share = np.interp(t_ns, seen.t_ns, seen.curve) / max(top, 1e-9)
        total += share * weight / sum(weights)
    best = group[int(np.argmax(weights))]
    errors = [_error(take, together.get(_key(take)), t_ns) for take in group]
    expected = np.average(errors, axis=0, weights=weights)
    return _curve(best, t_ns, total, confidence=confidence_of(expected))


def _key(seen: TakeCurve | MixtureCurve) -> tuple[str, str, int]:
    return seen.name, seen.camera, seen.segment.number


def _error(seen: TakeCurve, mixture: MixtureCurve | None, t_ns: NDArray[np.int64]) -> Curve:
    """Expected error of each frame."""
    if mixture is None:  # lids: their metric is of another kind, and its noise says how good it is
        return np.full(len(t_ns), 1 / max(seen.take.snr, 1.0))
    return np.interp(t_ns, mixture.t_ns, _mixture_error(mixture))


def _mixture_error(mixture: MixtureCurve) -> Curve:
    return expected_error(mixture.spread, is_eye=mixture.camera in schema.EYE_CAMERAS)


def _refused(group: Sequence[TakeCurve], *, scale: Scale) -> ValueCurve:
    """What was seen all the same, in shares of the largest take; 0 where none was accepted."""
    first = group[0]
    share = first.curve / scale.get((first.name, first.camera), np.inf)
    reasons = "; ".join(dict.fromkeys(seen.take.refusal for seen in group))
    return _curve(first, first.t_ns, share, confidence=np.zeros(len(share)), refusal=reasons)


def _curve(
    seen: TakeCurve,
    t_ns: NDArray[np.int64],
    share: Curve,
    *,
    confidence: Curve,
    refusal: str = "",
) -> ValueCurve:
    mark = replace(mark_of(seen), refusal=refusal)
    first_ns, last_ns = seen.segment.cues[0].start_ns, seen.segment.cues[-1].end_ns
    if not refusal:  # a refused take may have any length: what is beside its cue is at rest
        first_ns, last_ns = min(first_ns, mark.start_ns), max(last_ns, mark.end_ns)
    return ValueCurve(seen.name, t_ns, share, confidence, mark, first_ns, last_ns)


def mark_of(seen: TakeCurve) -> TakeMark:
    """The take that one camera saw, in capture times instead of frame numbers."""
    take, last = seen.take, len(seen.t_ns) - 1
    start_ns, peak_ns, end_ns = (
        int(seen.t_ns[min(frame, last)]) for frame in (take.start, take.peak, take.end)
    )
    return TakeMark(seen.segment.number, start_ns, peak_ns, end_ns, take.refusal)
