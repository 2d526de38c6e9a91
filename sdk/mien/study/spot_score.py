"""F1 of spotted intervals, as the Micro-Expression Grand Challenge counts them.

A spotted interval is a hit when its intersection over union with a true one is at least 0.5; each
true one is hit at most once; F1 = 2 hits / (spotted + true), over all sessions together.
Source: Li et al., "MEGC2022: ACM Multimedia 2022 Micro-Expression Grand Challenge" (after He et
al., MEGC 2020). Differs: a frame lasts one frame period, so that intervals of one frame count.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from mien import schema
from mien.capture.values import ValueTable
from mien.study.micro_truth import MicroTruth, Span
from mien.train.spotting import Spot

MIN_IOU: Final = 0.5
MOVES: Final = 0.02
"""A unit whose truth is above this at the true apex takes part in the micro-expression."""


@dataclass(frozen=True, slots=True)
class SpotOutcome:
    """Of one session: its true micro-expressions and how many spots hit nothing."""

    intensity: tuple[float, ...]
    """Of each true one."""
    is_hit: tuple[bool, ...]
    apex_error_ms: tuple[float, ...]
    """Of each hit."""
    is_unit_right: tuple[bool, ...]
    """Whether the clearest unit of each hit truly moves; empty where spots name none."""
    false: int

    @classmethod
    def of_json(cls, given: dict[str, Any]) -> SpotOutcome:
        """What `dataclasses.asdict` gave, after a way through JSON."""
        lists = {key: tuple(held) for key, held in given.items() if key != "false"}
        return cls(**lists, false=int(given["false"]))


@dataclass(frozen=True, slots=True)
class SpotScore:
    """Over some sessions and intensities."""

    true: int
    hits: int
    false: float
    """A false alarm has no true intensity: each bin of intensities bears its share of them."""
    apex_error_ms: float | None
    """Mean absolute, over hits."""
    unit_share: float | None
    """Share of hits whose clearest unit truly moves."""

    @property
    def f1(self) -> float:
        """0..1; 0 where there is nothing to find."""
        total = self.true + self.hits + self.false
        return 2 * self.hits / total if total else 0.0

    def as_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "true": self.true,
            "hits": self.hits,
            "false": round(self.false, 2),
            "f1": self.f1,
            "apex_error_ms": self.apex_error_ms,
            "unit_share": self.unit_share,
        }


def judge_spots(
    spots: Sequence[Spot],
    truths: Sequence[MicroTruth],
    *,
    judged: Sequence[Span],
    period_ns: int,
    values: ValueTable,
) -> SpotOutcome:
    """Match the spots of one session with its micro-expressions, the best overlap first.

    Args:
        spots: Found.
        truths: Rendered.
        judged: Spots whose apex is outside these spans do not count.
        period_ns: Between frames.
        values: Truth of the units.
    """
    counted = [spot for spot in spots if any(a <= spot.apex_ns < b for a, b in judged)]
    pairs = sorted(
        (
            (-_iou(spot, truth, period_ns), at, to)
            for at, truth in enumerate(truths)
            for to, spot in enumerate(counted)
        ),
    )
    hit_by: dict[int, int] = {}
    for iou, at, to in pairs:
        if -iou >= MIN_IOU and at not in hit_by and to not in hit_by.values():
            hit_by[at] = to
    hits = [(truths[at], counted[to]) for at, to in sorted(hit_by.items())]
    return SpotOutcome(
        tuple(truth.intensity for truth in truths),
        tuple(at in hit_by for at in range(len(truths))),
        tuple(abs(spot.apex_ns - truth.apex_ns) * 1e-6 for truth, spot in hits),
        tuple(_moves(spot, truth, values) for truth, spot in hits if spot.units),
        len(counted) - len(hits),
    )


def spot_score(
    outcomes: Iterable[SpotOutcome], bounds: tuple[float, float] = (0.0, 1.0)
) -> SpotScore:
    """Pool sessions; only true ones with an intensity within `bounds` count."""
    true = hits = all_true = all_false = 0
    apex_ms: list[float] = []
    right: list[bool] = []
    for outcome in outcomes:
        within = [bounds[0] <= one < bounds[1] for one in outcome.intensity]
        hit_within = [w for w, is_hit in zip(within, outcome.is_hit, strict=True) if is_hit]
        true += sum(within)
        hits += sum(hit_within)
        all_true += len(within)
        all_false += outcome.false
        apex_ms += [e for e, w in zip(outcome.apex_error_ms, hit_within, strict=True) if w]
        if outcome.is_unit_right:
            right += [r for r, w in zip(outcome.is_unit_right, hit_within, strict=True) if w]
    share = true / all_true if all_true else 1.0
    return SpotScore(
        true,
        hits,
        all_false * share,
        float(np.mean(apex_ms)) if apex_ms else None,
        float(np.mean(right)) if right else None,
    )


def _iou(spot: Spot, truth: MicroTruth, period_ns: int) -> float:
    both = min(spot.offset_ns, truth.offset_ns) - max(spot.onset_ns, truth.onset_ns) + period_ns
    either = max(spot.offset_ns, truth.offset_ns) - min(spot.onset_ns, truth.onset_ns) + period_ns
    return max(both, 0) / either


def _moves(spot: Spot, truth: MicroTruth, values: ValueTable) -> bool:
    clearest = schema.VALUE_INDEX[next(iter(spot.units))]
    exact = np.interp(truth.apex_ns, values.t_ns, values.values[:, clearest])
    return bool(exact > MOVES)
