"""Which values a cue asks for, and which move along with it (A12)."""

from __future__ import annotations

from typing import Final

from mien import schema
from mien.capture.cues import Cue

LIDS: Final = ("lid_closure", "lid_raiser", "lid_tightener")

FLOW_BLIND: Final = ("tongue_out",)
"""Units whose motion is not that of skin: what comes out was hidden before, and flow makes of it
what lies around it (r 0.85 at best on rendered sessions). Their takes are left out and say so."""

MOVES_WITH: Final[dict[str, tuple[str, ...]]] = {
    "brow_lowerer": ("lid_tightener", "nose_wrinkler"),
    "inner_brow_raiser": ("outer_brow_raiser",),
    "outer_brow_raiser": ("inner_brow_raiser", "lid_raiser"),
    "lid_closure": ("lid_tightener",),
    "lid_raiser": ("outer_brow_raiser",),
    "lid_tightener": ("cheek_raiser",),
    "cheek_raiser": ("lid_tightener", "lip_corner_puller"),
    "nose_wrinkler": ("upper_lip_raiser", "brow_lowerer"),
    "upper_lip_raiser": ("nose_wrinkler",),
    "lip_corner_puller": ("cheek_raiser", "lid_tightener"),
    "dimpler": ("lip_corner_puller",),
    "lip_corner_depressor": ("chin_raiser",),
    "lower_lip_depressor": ("jaw_drop",),
    "lip_stretcher": ("lower_lip_depressor",),
    "lip_tightener": ("lip_pressor",),
    "lip_pressor": ("lip_tightener",),
    "cheek_puff": ("lip_pressor",),
    "chin_raiser": ("lip_corner_depressor",),
    "lip_pucker": ("lip_funneler",),
    "lip_funneler": ("lip_pucker", "jaw_drop"),
    "tongue_out": ("jaw_drop",),
}
"""Unit -> units that people move along with it unasked.

Anatomy, after the co-occurrences named in Ekman, Friesen and Hager (2002); the choice is ours
(A12 is silent). Antagonists and look-alikes (jaw left and right, dimpler and lip corner puller)
are labelled 0, not masked: tried, and what is masked in every take of its look-alike is never
told apart from it. A unit's own other side needs no entry: see `companions_of`.
"""


def values_of(cue: Cue) -> tuple[str, ...]:
    """Values that a cue asks for: both sides of a named unit, or the one named value."""
    if cue.kind == "blink" and not cue.name:
        return schema.value_names(schema.UNIT_BY_NAME["lid_closure"])
    if cue.kind not in ("take", "blink"):
        return ()
    unit = schema.UNIT_BY_NAME.get(cue.name)
    return schema.value_names(unit) if unit else (cue.name,)


def companions_of(cue: Cue) -> frozenset[str]:
    """Values that carry no label during a cue, because they may move with it.

    Both sides of each unit of `MOVES_WITH`; of a one-sided cue also the other side, which few
    people can keep still; during a lid cue gaze too, which a closed lid hides.
    """
    asked = values_of(cue)
    if not asked:
        return frozenset()
    unit = schema.UNIT_OF_VALUE[asked[0]]
    units = (unit.name, *MOVES_WITH.get(unit.name, ()))
    moved = {name for word in units for name in schema.value_names(schema.UNIT_BY_NAME[word])}
    return frozenset(moved | set(schema.GAZE_NAMES if unit.name in LIDS else ())) - set(asked)


def values_seen_by(camera: str) -> tuple[str, ...]:
    """Weights that a camera of that name shows, in canonical order."""
    kind = "mouth" if camera == schema.MOUTH_CAMERA else "eye"
    side = camera.rpartition("_")[2]
    return tuple(
        name
        for name in schema.WEIGHT_NAMES
        if kind in schema.UNIT_OF_VALUE[name].cameras and (kind == "mouth" or name.endswith(side))
    )
