"""How the splits move: tempo, what goes along unasked, what a short session shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Split = Literal["train", "validation", "test"]

COACTIVATION: Final = {
    "lip_corner_puller": (("cheek_raiser", 0.3), ("lid_tightener", 0.12)),
    "brow_lowerer": (("lid_tightener", 0.15), ("nose_wrinkler", 0.1)),
    "inner_brow_raiser": (("outer_brow_raiser", 0.25),),
    "outer_brow_raiser": (("inner_brow_raiser", 0.25), ("lid_raiser", 0.1)),
    "lid_raiser": (("outer_brow_raiser", 0.12),),
    "lid_tightener": (("cheek_raiser", 0.15),),
    "cheek_raiser": (("lid_tightener", 0.2), ("lip_corner_puller", 0.12)),
    "nose_wrinkler": (("upper_lip_raiser", 0.25), ("brow_lowerer", 0.15)),
    "upper_lip_raiser": (("nose_wrinkler", 0.15),),
    "lip_corner_depressor": (("chin_raiser", 0.15),),
    "lower_lip_depressor": (("jaw_drop", 0.08),),
    "lip_stretcher": (("lower_lip_depressor", 0.12),),
    "chin_raiser": (("lip_corner_depressor", 0.1),),
    "lip_pucker": (("lip_funneler", 0.1),),
    "lip_funneler": (("jaw_drop", 0.1),),
    "cheek_puff": (("lip_pressor", 0.12),),
}
"""Unit -> what moves with it unasked, and at most how much of it (our estimate, after the
combinations listed in the FACS manual)."""

SHOWCASE: Final = (
    (
        *("lid_closure", "outer_brow_raiser", "brow_lowerer", "lid_closure_left", "lid_raiser"),
        *("nose_wrinkler", "inner_brow_raiser", "lid_tightener", "lid_closure_right"),
    ),
    (
        *("lip_corner_puller", "jaw_drop", "lip_pucker", "cheek_puff", "lip_corner_depressor"),
        *("mouth_left", "lip_funneler", "upper_lip_raiser", "jaw_right", "lip_stretcher"),
        *("lip_suck", "lower_lip_depressor", "lip_corner_puller_right"),
    ),
)
"""What a session too short for takes shows: upper and lower face side by side, in this order."""

SHORT_S: Final = 20.0
"""Sessions shorter than this are a showcase instead of takes."""

ONE_SIDED: Final = (
    *("lid_closure", "lip_corner_puller", "outer_brow_raiser", "lip_corner_depressor"),
    *("cheek_puff", "upper_lip_raiser", "dimpler", "lid_tightener"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """Tempo of one split; seconds, each drawn uniformly."""

    rise_s: tuple[float, float]
    hold_s: tuple[float, float]
    fall_s: tuple[float, float]
    rest_s: tuple[float, float]
    sharpness: tuple[float, float]
    """1: cosine ramps; larger: the middle is steeper."""
    blink_gap_s: tuple[float, float]


STYLES: Final[dict[Split, Style]] = {
    "train": Style(
        rise_s=(0.2, 0.5),
        hold_s=(0.2, 0.5),
        fall_s=(0.2, 0.45),
        rest_s=(0.25, 0.5),
        sharpness=(0.8, 1.6),
        blink_gap_s=(2.0, 6.0),
    ),
    "validation": Style(
        rise_s=(0.25, 0.4),
        hold_s=(0.2, 0.6),
        fall_s=(0.25, 0.5),
        rest_s=(0.3, 0.5),
        sharpness=(1.6, 2.0),
        blink_gap_s=(2.5, 5.0),
    ),
    "test": Style(
        rise_s=(0.22, 0.6),
        hold_s=(0.25, 0.45),
        fall_s=(0.22, 0.6),
        rest_s=(0.25, 0.5),
        sharpness=(0.6, 0.8),
        blink_gap_s=(2.0, 5.0),
    ),
}
