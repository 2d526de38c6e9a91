"""F1 of the spotter and of its baseline, over sessions, by intensity."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from mien.study.label_measure import DIFFERENCE, METRIC, SNRS, Measured
from mien.study.spot_score import spot_score
from mien.train.spotting import SpotConfig

INTENSITIES: Final = {"0.1": (0.05, 0.15), "0.2": (0.15, 0.25), "0.3": (0.25, 0.35)}
BASELINE_SNR: Final = 8.0
"""Chosen on the rendered `train` sessions on which `SpotConfig.min_snr` was."""


def spotting_table(sessions: Sequence[Measured]) -> dict[str, Any]:
    """F1 by intensity at the default threshold, and over all thresholds.

    The baseline's threshold is handed over, see `BASELINE_SNR`; beside it stands the best that
    any threshold would have given it on these very sessions.
    """
    known = [one for one in sessions if one.spots]
    table: dict[str, Any] = {"sessions": len(known)}
    for method, snr in ((METRIC, SpotConfig().min_snr), (DIFFERENCE, BASELINE_SNR)):
        by_snr = {each: spot_score(one.spots[method][each] for one in known) for each in SNRS}
        best = max(SNRS, key=lambda each: by_snr[each].f1)
        outcomes = [one.spots[method][snr] for one in known]
        table[method] = {
            "min_snr": snr,
            "all": spot_score(outcomes).as_json(),
            "by_intensity": {
                name: spot_score(outcomes, bounds).as_json() for name, bounds in INTENSITIES.items()
            },
            "f1_by_snr": {str(each): score.f1 for each, score in by_snr.items()},
            "best_snr_here": best,
        }
    return table
