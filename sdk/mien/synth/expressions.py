"""Emotions by FACS prototypes, and speech by visemes."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from mien import schema

Curve = NDArray[np.float64]
Variant = tuple[tuple[str, float], ...]

PROTOTYPES: Final[dict[str, tuple[Variant, ...]]] = {
    "happiness": ((("cheek_raiser", 0.9), ("lip_corner_puller", 1.0)),),
    "sadness": (
        (("inner_brow_raiser", 1.0), ("brow_lowerer", 0.6), ("lip_corner_depressor", 0.5)),
        (("inner_brow_raiser", 0.9), ("lip_corner_depressor", 0.6), ("chin_raiser", 0.7)),
    ),
    "surprise": (
        (
            *(("inner_brow_raiser", 1.0), ("outer_brow_raiser", 1.0), ("lid_raiser", 0.4)),
            ("jaw_drop", 0.5),
        ),
    ),
    "fear": (
        (
            *(("inner_brow_raiser", 1.0), ("outer_brow_raiser", 0.7), ("brow_lowerer", 0.6)),
            *(("lid_raiser", 0.9), ("lip_stretcher", 0.8), ("jaw_drop", 0.3)),
        ),
    ),
    "anger": (
        (
            *(("brow_lowerer", 1.0), ("lid_raiser", 0.5), ("lid_tightener", 0.7)),
            *(("chin_raiser", 0.5), ("lip_tightener", 0.8), ("lip_pressor", 0.6)),
        ),
        (
            *(("brow_lowerer", 1.0), ("lid_raiser", 0.5), ("lid_tightener", 0.7)),
            *(("upper_lip_raiser", 0.5), ("lip_funneler", 0.5), ("lip_tightener", 0.8)),
            ("jaw_drop", 0.25),
        ),
    ),
    "disgust": (
        (("nose_wrinkler", 1.0), ("chin_raiser", 0.6)),
        (("upper_lip_raiser", 1.0), ("chin_raiser", 0.6)),
        (
            *(("nose_wrinkler", 1.0), ("lower_lip_depressor", 0.5), ("lip_corner_depressor", 0.4)),
            ("jaw_drop", 0.3),
        ),
    ),
    "contempt": (
        (("dimpler_one_side", 1.0), ("lip_corner_puller_one_side", 0.3)),
        (("dimpler_one_side", 1.0),),
    ),
}
"""Emotion -> variants -> units and their share of the peak. Source of the combinations: Ekman,
Friesen and Hager, *FACS Investigator's Guide*, 2002, table 10-2 (prototypes and major variants;
AU 11 and head poses left out: no unit of ours); contempt: Ekman and Heider, *The Universality of
a Contempt Expression*, 1988. The shares turn intensity letters into numbers and are ours."""

EMOTIONS: Final = ("", *PROTOTYPES)
"""Names of the codes in the truth; 0 is none."""

VISEMES: Final[dict[str, dict[str, float]]] = {
    "sil": {},
    "PP": {
        "lip_suck": 0.5,
        "lip_pressor": 0.35,
        "chin_raiser": 0.3,
        "lip_pucker": 0.15,
    },
    "FF": {"upper_lip_raiser": 0.3, "dimpler": 0.3, "chin_raiser": 0.35, "lip_suck": 0.25},
    "TH": {"upper_lip_raiser": 0.17, "lower_lip_depressor": 0.19, "jaw_drop": 0.12},
    "DD": {"upper_lip_raiser": 0.25, "lower_lip_depressor": 0.29, "jaw_drop": 0.06},
    "kk": {"upper_lip_raiser": 0.13, "dimpler": 0.3, "lip_corner_puller": 0.1, "jaw_drop": 0.11},
    "CH": {"upper_lip_raiser": 0.16, "lower_lip_depressor": 0.34, "lip_funneler": 0.53},
    "SS": {"lip_corner_puller": 0.27, "lower_lip_depressor": 0.5},
    "nn": {
        "upper_lip_raiser": 0.25,
        "lip_corner_puller": 0.2,
        "lower_lip_depressor": 0.29,
        "lip_funneler": 0.2,
    },
    "RR": {"upper_lip_raiser": 0.4, "lower_lip_depressor": 0.2, "lip_funneler": 0.3},
    "aa": {"jaw_drop": 0.49, "lower_lip_depressor": 0.3, "chin_raiser": 0.1},
    "E": {"upper_lip_raiser": 0.5, "lip_corner_puller": 0.3, "jaw_drop": 0.15},
    "I": {"dimpler": 0.5, "lip_stretcher": 0.3, "jaw_drop": 0.06},
    "O": {"lip_pucker": 0.6, "lip_funneler": 0.2, "lower_lip_depressor": 0.3, "jaw_drop": 0.18},
    "U": {"lip_pucker": 0.5, "lip_funneler": 0.15, "lower_lip_depressor": 0.11},
}
"""The 15 visemes of Oculus LipSync (and of MPEG-4's visemes) as units. Least-squares fit of our
units' shapes to the viseme shapes of met4citizen/TalkingHead (MIT) on the MakeHuman head, bounded
to 0..1; it leaves 10 to 60 % of their motion, and was rounded towards fewer units."""

_VOWELS: Final = ("aa", "E", "I", "O", "U")
_CONSONANTS: Final = ("PP", "FF", "TH", "DD", "kk", "CH", "SS", "nn", "RR")
_VISEME_S: Final = (0.07, 0.18)
"""Length of a viseme, at 4 to 6 syllables a second."""
_PAUSE_S: Final = (0.25, 0.8)


def speech_curves(count: int, fps: float, rng: np.random.Generator) -> Curve:
    """Syllables in phrases with pauses, shape (count, VALUE_COUNT), 0..1.

    Neighbouring visemes blend over half their length (coarticulation); loudness and the
    asymmetry of the mouth are drawn once.
    """
    loud, bias = rng.uniform(0.6, 1.3), rng.uniform(-0.15, 0.15)
    at_s, names = _syllables(count / fps, rng)
    rows = np.zeros((count, schema.VALUE_COUNT))
    t = np.arange(count) / fps
    for unit in sorted({unit for viseme in VISEMES.values() for unit in viseme}):
        targets = [VISEMES[name].get(unit, 0.0) * loud * rng.uniform(0.75, 1.2) for name in names]
        curve = np.interp(t, at_s, targets)
        for value, lean in zip(
            schema.value_names(schema.UNIT_BY_NAME[unit]), (1 + bias, 1 - bias), strict=False
        ):
            rows[:, schema.VALUE_INDEX[value]] = curve * lean
    return np.asarray(np.clip(_smooth(rows, fps), 0.0, 1.0))


def _syllables(length_s: float, rng: np.random.Generator) -> tuple[list[float], list[str]]:
    at_s, names = [0.0], ["sil"]
    now = rng.uniform(0.05, 0.2)
    while now < length_s:
        for _ in range(int(rng.integers(3, 10))):
            for group in (_CONSONANTS, _VOWELS):
                at_s.append(now)
                names.append(str(rng.choice(group)))
                now += rng.uniform(*_VISEME_S)
        at_s += [now, now + rng.uniform(*_PAUSE_S)]
        names += ["sil", "sil"]
        now = at_s[-1] + 0.08
    return at_s, names


def _smooth(rows: Curve, fps: float) -> Curve:
    """Muscle does not jump: a 50 ms binomial window."""
    for _ in range(max(1, round(0.025 * fps))):
        before = np.concatenate([rows[:1], rows[:-1]])
        after = np.concatenate([rows[1:], rows[-1:]])
        rows = 0.25 * before + 0.5 * rows + 0.25 * after
    return rows
