"""The cue protocol and how a face follows it.

A session is: neutral, takes of every unit (each twice, peaks unequal, order random), gaze
targets, a spontaneous stretch, neutral. Blinks run through all of it and are marked only in the
truth, unless they were asked for. The three splits differ in tempo and in the shape of rise
and fall, so a network cannot learn the motion of the test set by heart.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from mien import schema
from mien.capture.cues import Cue
from mien.synth.spontaneous import spontaneous_curves

Split = Literal["train", "validation", "test"]
Curve = NDArray[np.float64]

NS: Final = 1_000_000_000
GAZE_YAW_RAD, GAZE_PITCH_RAD = 0.5, 0.4

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

_ONE_SIDED: Final = (
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


@dataclass(frozen=True, eq=False, slots=True)
class Motion:
    """What the face does over one session."""

    t_ns: NDArray[np.int64]
    """Shape (N,)."""
    values: NDArray[np.float32]
    """Shape (N, VALUE_COUNT); gaze relative to the headset."""
    cues: list[Cue]


@dataclass(frozen=True, slots=True)
class _Take:
    name: str
    amplitude: float


def make_motion(
    split: Split,
    rng: np.random.Generator,
    *,
    fps: float,
    seconds: float | None = None,
    motion_path: Path | None = None,
    unavailable: tuple[str, ...] = (),
) -> Motion:
    """Draw a session.

    Args:
        split: Whose style to move in.
        rng: Consumed.
        fps: Frames per second, > 0.
        seconds: About how long; None: every take, gaze and spontaneous part.
        motion_path: Recorded ARKit curves for the spontaneous part; None: made up.
        unavailable: Values the head cannot show; they stay 0 and get no take.
    """
    script = _Script(split, rng, fps, unavailable=unavailable)
    script.neutral(1.0 if seconds is None else 0.6)
    gaze_s, free_s = (12.0, 6.0) if seconds is None else (seconds * 0.14, seconds * 0.1)
    end_s = np.inf if seconds is None else seconds - gaze_s - free_s - 0.5
    if seconds is not None and seconds < SHORT_S:
        script.showcase(end_s - script.now_s)
    else:
        for take in _all_takes(rng, unavailable):
            if script.now_s + 1.2 > end_s:
                break
            script.take(take)
    script.gaze(gaze_s)
    script.spontaneous(free_s, motion_path)
    script.neutral(0.5)
    return script.finish()


def _present(units: tuple[str, ...], unavailable: tuple[str, ...]) -> list[str]:
    return [
        u for u in units if not set(schema.value_names(schema.UNIT_BY_NAME[u])) & set(unavailable)
    ]


def _all_takes(rng: np.random.Generator, unavailable: tuple[str, ...]) -> list[_Take]:
    units = _present(tuple(u.name for u in schema.UNITS if not u.is_gaze), unavailable)
    takes: list[_Take] = []
    for unit in units:
        takes += [_Take(unit, rng.uniform(0.85, 1.0)), _Take(unit, rng.uniform(0.4, 0.8))]
    for unit in rng.permutation(_present(_ONE_SIDED, unavailable))[:4]:
        takes += [_Take(f"{unit}_{side}", rng.uniform(0.55, 1.0)) for side in schema.SIDES]
    return [takes[i] for i in rng.permutation(len(takes))]


class _Script:
    """Appends stretches of motion to a growing table."""

    def __init__(
        self, split: Split, rng: np.random.Generator, fps: float, *, unavailable: tuple[str, ...]
    ) -> None:
        self._style, self._rng, self._fps = STYLES[split], rng, fps
        self._unavailable = unavailable
        self._rows: list[Curve] = []
        self._cues: list[Cue] = []
        self._targets: list[Curve] = []
        self._count = 0

    @property
    def now_s(self) -> float:
        return self._count / self._fps

    def neutral(self, seconds: float) -> None:
        """Nothing but life: blinks and small eye movements come in `finish`."""
        self._append(np.zeros((self._frames(seconds), schema.VALUE_COUNT)), "neutral", "")

    def take(self, take: _Take) -> None:
        """One unit up, held imperfectly, down; then rest."""
        self._append(self._take_rows(take), "take", take.name)
        self.neutral(self._rng.uniform(*self._style.rest_s))

    def showcase(self, seconds: float) -> None:
        """Upper and lower face at once, one unit after the other in each."""
        rows = np.zeros((self._frames(seconds), schema.VALUE_COUNT))
        for track in SHOWCASE:
            at = 0
            for name in track:
                bump = self._take_rows(_Take(name, self._rng.uniform(0.75, 1.0)))
                if at + len(bump) > len(rows):
                    break
                part = rows[at : at + len(bump)]
                np.maximum(part, bump, out=part)
                at += len(bump) + self._frames(self._rng.uniform(0.05, 0.25))
        self._append(rows, "spontaneous", "")

    def _take_rows(self, take: _Take) -> Curve:
        style = self._style
        bounds = (style.rise_s, style.hold_s, style.fall_s, style.sharpness)
        rise, hold, fall, sharp = (self._rng.uniform(*pair) for pair in bounds)
        curve = self._bump(rise, hold, fall, sharp=sharp)
        rows = np.zeros((len(curve), schema.VALUE_COUNT))
        is_unit = take.name in schema.UNIT_BY_NAME
        unit = schema.UNIT_BY_NAME[take.name] if is_unit else schema.UNIT_OF_VALUE[take.name]
        names = schema.value_names(unit) if is_unit else (take.name,)
        self._drive(rows, curve, names, amplitude=take.amplitude)
        for other, most in COACTIVATION.get(unit.name, ()):
            amount = self._rng.uniform(0, most) * take.amplitude
            partners = schema.value_names(schema.UNIT_BY_NAME[other])
            if not is_unit and len(partners) > 1:
                partners = tuple(n for n in partners if n.endswith(take.name.rpartition("_")[2]))
            self._drive(rows, curve, partners, amplitude=amount)
        return rows

    def _drive(
        self, rows: Curve, curve: Curve, names: tuple[str, ...], *, amplitude: float
    ) -> None:
        weak = int(self._rng.integers(len(names)))
        for index, name in enumerate(names):
            if name in self._unavailable:
                continue
            is_weak = len(names) > 1 and index == weak
            share = self._rng.uniform(0.7, 1.0) if is_weak else 1.0
            lag = int(self._rng.integers(0, 2)) if is_weak else 0
            rows[:, schema.VALUE_INDEX[name]] += np.roll(curve, lag) * share * amplitude

    def _bump(self, rise: float, hold: float, fall: float, *, sharp: float) -> Curve:
        up, flat, down = (self._frames(s) for s in (rise, hold, fall))
        wobble = 1.0 + self._rng.uniform(-0.12, 0.06) * np.linspace(0, 1, flat)
        wobble = wobble + 0.03 * np.sin(np.linspace(0, self._rng.uniform(3, 12), flat))
        ramp_up = _ramp(np.arange(1, up + 1) / up, sharp)
        ramp_down = _ramp(1.0 - np.arange(1, down + 1) / down, sharp)
        return np.concatenate([[0.0], ramp_up, wobble, ramp_down * wobble[-1], [0.0]])

    def gaze(self, seconds: float) -> None:
        """Follow targets: fixation steps and smooth pursuit."""
        end = self.now_s + seconds
        place = np.zeros(2)
        while self.now_s < end - 0.3:
            goal = self._rng.uniform(-1, 1, 2) * (GAZE_YAW_RAD, GAZE_PITCH_RAD)
            if self._rng.random() < 0.5:
                self._look(np.tile(goal, (self._frames(self._rng.uniform(0.45, 0.9)), 1)), goal)
            else:
                count = self._frames(0.1)
                for _ in range(int(self._rng.uniform(5, 12))):
                    step = place + (goal - place) * 0.25
                    self._look(np.linspace(place, step, count), step)
                    place = step
                    if self.now_s >= end - 0.1:
                        break
            place = goal

    def _look(self, path: Curve, goal: Curve) -> None:
        self._targets.append(path)
        cue = Cue(
            self._ns(self._count),
            self._ns(self._count + len(path)),
            "gaze",
            yaw_rad=float(goal[0]),
            pitch_rad=float(goal[1]),
        )
        self._cues.append(cue)
        self._rows.append(np.zeros((len(path), schema.VALUE_COUNT)))
        self._count += len(path)

    def spontaneous(self, seconds: float, path: Path | None) -> None:
        """Speech-like and emotional mixtures, eased in and out."""
        count = self._frames(seconds)
        if count < 3:
            return
        rows = spontaneous_curves(count, self._fps, self._rng, path=path)
        ease = np.minimum(
            1.0, np.minimum(np.arange(count), np.arange(count)[::-1]) / (0.3 * self._fps)
        )
        rows = rows * ease[:, None]
        rows[:, [schema.VALUE_INDEX[name] for name in self._unavailable]] = 0.0
        self._append(rows, "spontaneous", "")

    def _append(
        self, rows: Curve, kind: Literal["neutral", "take", "spontaneous"], name: str
    ) -> None:
        start, self._count = self._count, self._count + len(rows)
        self._rows.append(rows)
        self._targets.append(np.zeros((len(rows), 2)))
        self._cues.append(Cue(self._ns(start), self._ns(self._count), kind, name=name))

    def finish(self) -> Motion:
        """Add blinks and eye movements; clip to the schema's ranges."""
        values = np.concatenate(self._rows)
        self._add_blinks(values)
        self._add_gaze(values, np.concatenate(self._targets))
        gaze = [schema.VALUE_INDEX[name] for name in schema.GAZE_NAMES]
        weights = [schema.VALUE_INDEX[name] for name in schema.WEIGHT_NAMES]
        values[:, weights] = np.clip(values[:, weights], 0.0, 1.0)
        values[:, gaze] = np.clip(values[:, gaze], -schema.GAZE_MAX_RAD, schema.GAZE_MAX_RAD)
        t_ns = np.array([self._ns(i) for i in range(len(values))], np.int64)
        return Motion(t_ns, values.astype(np.float32), self._cues)

    def _add_blinks(self, values: Curve) -> None:
        t = np.arange(len(values)) / self._fps
        lids = [schema.VALUE_INDEX[f"lid_closure_{side}"] for side in schema.SIDES]
        at = self._rng.uniform(0.5, 3.0)
        while at < t[-1]:
            closing, closed, opening = (
                self._rng.uniform(*span) for span in ((0.06, 0.1), (0.02, 0.06), (0.15, 0.25))
            )
            depth = self._rng.uniform(0.9, 1.0)
            for lid in lids:
                down = _ramp((t - at) / closing, 1.0)
                up = _ramp(1.0 - (t - at - closing - closed) / opening, 1.2)
                blink = np.minimum(down, up) * depth * self._rng.uniform(0.97, 1.0)
                values[:, lid] = np.maximum(values[:, lid], blink)
            at += self._rng.uniform(*self._style.blink_gap_s)

    def _add_gaze(self, values: Curve, targets: Curve) -> None:
        """Saccades to the target after a delay, with a small error, on top of fixational noise."""
        count = len(values)
        delay = max(1, int(0.12 * self._fps))
        goal = np.concatenate([np.repeat(targets[:1], delay, axis=0), targets[:-delay]])
        goal = goal + self._glances(count) * (np.abs(targets).sum(axis=1, keepdims=True) == 0)
        path = np.zeros_like(goal)
        reach = 1.0 - np.exp(-1.0 / (0.025 * self._fps))
        drift = np.cumsum(self._rng.normal(0, 0.0012, (count, 2)), axis=0)
        for i in range(1, count):
            path[i] = path[i - 1] + (goal[i] - path[i - 1]) * reach
        drift -= np.linspace(0, 1, count)[:, None] * drift[-1]
        path = path + np.clip(drift, -0.02, 0.02) + self._rng.normal(0, 0.0015, (count, 2))
        converge = self._rng.uniform(-0.01, 0.03)
        for side, sign in (("left", -1.0), ("right", 1.0)):
            values[:, schema.VALUE_INDEX[f"gaze_yaw_{side}"]] = path[:, 0] + sign * converge
            values[:, schema.VALUE_INDEX[f"gaze_pitch_{side}"]] = path[:, 1]

    def _glances(self, count: int) -> Curve:
        """Where the eyes wander while nothing is asked of them."""
        goal = np.zeros((count, 2))
        at = 0
        while at < count:
            span = max(2, int(self._rng.uniform(0.4, 1.6) * self._fps))
            if self._rng.random() < 0.65:
                goal[at : at + span] = self._rng.normal(0, 1, 2) * (0.14, 0.09)
            at += span
        return np.clip(goal, -0.4, 0.4)

    def _frames(self, seconds: float) -> int:
        return max(1, round(seconds * self._fps))

    def _ns(self, frame: int) -> int:
        return NS + round(frame * NS / self._fps)


def _ramp(x: Curve, sharpness: float) -> Curve:
    """0 below 0, 1 above 1, smooth between; steeper in the middle for larger `sharpness`."""
    x = np.clip(x, 0.0, 1.0)
    up, down = x ** (1.5 * sharpness), (1.0 - x) ** (1.5 * sharpness)
    return np.asarray(up / (up + down))
