"""The cue protocol and how a face follows it.

A session is: neutral, takes of every unit (each twice, peaks unequal, order random), gaze
targets, speech, posed emotions, micro-expressions, a spontaneous stretch, neutral. Blinks run
through all of it and are marked only in the truth, unless they were asked for. The three splits
differ in tempo and in the shape of rise and fall, so a network cannot learn the motion of the
test set by heart.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from mien import schema
from mien.capture.cues import Cue
from mien.config import require
from mien.synth.expressions import EMOTIONS, PROTOTYPES, speech_curves
from mien.synth.spontaneous import spontaneous_curves
from mien.synth.styles import COACTIVATION, ONE_SIDED, SHORT_S, SHOWCASE, STYLES, Split

Curve = NDArray[np.float64]

NS: Final = 1_000_000_000
GAZE_YAW_RAD, GAZE_PITCH_RAD = 0.5, 0.4


@dataclass(frozen=True, eq=False, slots=True)
class Motion:
    """What the face does over one session."""

    t_ns: NDArray[np.int64]
    """Shape (N,)."""
    values: NDArray[np.float32]
    """Shape (N, VALUE_COUNT); gaze relative to the headset."""
    cues: list[Cue]
    emotion: NDArray[np.int8]
    """Shape (N,), row of `EMOTIONS`; 0 for none."""
    emotion_intensity: NDArray[np.float32]
    """Shape (N,), 0..1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mix:
    """What a whole session is made of."""

    takes: int = 2
    """Of every unit, 0..5; the first nearly full, the others not."""
    gaze_s: float = 12.0
    """Following targets, seconds, 0..300."""
    speech_s: float = 6.0
    emotions: int = 7
    """Posed emotions, 0..100, each in turn."""
    micro: int = 6
    """Micro-expressions, 0..100."""
    spontaneous_s: float = 6.0

    def __post_init__(self) -> None:
        require("takes", self.takes, 0, 5)
        for name in ("gaze_s", "speech_s", "spontaneous_s"):
            require(name, getattr(self, name), 0, 300)
        require("emotions", self.emotions, 0, 100)
        require("micro", self.micro, 0, 100)


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
    mix: Mix | None = None,
    motion_path: Path | None = None,
    unavailable: tuple[str, ...] = (),
) -> Motion:
    """Draw a session.

    Args:
        split: Whose style to move in.
        rng: Consumed.
        fps: Frames per second, > 0.
        seconds: About how long; None: the whole of `mix`.
        mix: What there is of each kind; of a session of given length, as much as fits.
        motion_path: Recorded ARKit curves for the spontaneous part; None: made up.
        unavailable: Values the head cannot show; they stay 0 and get no take.
    """
    script = _Script(split, rng, fps, unavailable=unavailable)
    mix = mix or Mix()
    if seconds is not None and seconds < SHORT_S:
        script.neutral(0.6)
        script.showcase(seconds * 0.76 - 1.1)
        script.gaze(seconds * 0.14)
        script.spontaneous(seconds * 0.1, motion_path)
    else:
        takes = _all_takes(rng, unavailable, mix.takes)
        share = 1.0 if seconds is None else min(1.0, seconds / _whole_s(mix, len(takes)))
        script.neutral(1.0)
        for take in takes[: round(share * len(takes))]:
            script.take(take)
        script.gaze(mix.gaze_s * share)
        script.speech(mix.speech_s * share)
        for number in range(round(mix.emotions * share)):
            script.emotion(number)
        for _ in range(round(mix.micro * share)):
            script.micro_expression()
        script.spontaneous(mix.spontaneous_s * share, motion_path)
    script.neutral(0.5)
    return script.finish()


def _whole_s(mix: Mix, takes: int) -> float:
    """About how long a whole session is."""
    parts = mix.gaze_s + mix.speech_s + mix.spontaneous_s
    return 1.5 + 1.45 * takes + parts + 2.6 * mix.emotions + 1.2 * mix.micro


def _present(units: tuple[str, ...], unavailable: tuple[str, ...]) -> list[str]:
    return [
        u for u in units if not set(schema.value_names(schema.UNIT_BY_NAME[u])) & set(unavailable)
    ]


def _all_takes(rng: np.random.Generator, unavailable: tuple[str, ...], count: int) -> list[_Take]:
    units = _present(tuple(u.name for u in schema.UNITS if not u.is_gaze), unavailable)
    takes: list[_Take] = []
    for unit in units:
        peaks = [rng.uniform(0.85, 1.0), *(rng.uniform(0.4, 0.8) for _ in range(count - 1))]
        takes += [_Take(unit, peak) for peak in peaks[:count]]
    for unit in rng.permutation(_present(ONE_SIDED, unavailable))[: 2 * count]:
        takes += [_Take(f"{unit}_{side}", rng.uniform(0.55, 1.0)) for side in schema.SIDES]
    return [takes[i] for i in rng.permutation(len(takes))]


class _Script:
    """Appends stretches of motion to a growing table."""

    def __init__(
        self, split: Split, rng: np.random.Generator, fps: float, *, unavailable: tuple[str, ...]
    ) -> None:
        self._style, self._rng, self._fps = STYLES[split], rng, fps
        self._split = split
        self._unavailable = unavailable
        self._rows: list[Curve] = []
        self._cues: list[Cue] = []
        self._targets: list[Curve] = []
        self._count = 0
        self._felt: list[tuple[int, int, NDArray[np.float32]]] = []

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

    def speech(self, seconds: float) -> None:
        """Visemes run into each other, in phrases."""
        count = self._frames(seconds)
        if count >= 3:
            self._append(speech_curves(count, self._fps, self._rng), "spontaneous", "")

    def emotion(self, number: int) -> None:
        """A posed emotion: its units rise together, not quite, and fall."""
        names = list(PROTOTYPES)
        name = names[number % len(names)]
        style, peak = self._style, self._rng.uniform(0.55, 1.0)
        bounds = (style.rise_s, (0.5, 1.2), style.fall_s, style.sharpness)
        rise, hold, fall, sharp = (self._rng.uniform(*pair) for pair in bounds)
        curve = self._bump(rise, hold, fall, sharp=sharp)
        self._feel(name, curve, peak=peak, most_lag=self._frames(0.1))
        self.neutral(self._rng.uniform(*style.rest_s))

    def micro_expression(self) -> None:
        """40 to 500 ms of a tenth to a third of an emotion, in part (Ekman and Friesen 1969)."""
        name = list(PROTOTYPES)[int(self._rng.integers(len(PROTOTYPES)))]
        length = self._rng.uniform(0.04, 0.5)
        t = np.arange(max(3, int(np.ceil(length * self._fps)) + 2)) / self._fps
        curve = np.clip(np.sin(np.pi * np.clip(t / length, 0, 1)), 0, 1)
        self._feel(name, curve, peak=self._rng.uniform(0.1, 0.3), most_lag=0)
        self.neutral(self._rng.uniform(0.5, 1.2))

    def _feel(self, name: str, curve: Curve, *, peak: float, most_lag: int) -> None:
        rows = np.zeros((len(curve), schema.VALUE_COUNT))
        variants = PROTOTYPES[name]
        for unit, share in variants[int(self._rng.integers(len(variants)))]:
            lag = int(self._rng.integers(0, most_lag + 1))
            late = np.concatenate([np.zeros(lag), curve[: len(curve) - lag]])
            values = [n for n in _values_of(unit, self._rng) if n not in self._unavailable]
            if values:
                amount = min(1.0, peak * share * self._rng.uniform(0.8, 1.2))
                self._drive(rows, late, tuple(values), amplitude=amount)
        code = EMOTIONS.index(name)
        self._felt.append((self._count, code, (curve * peak).astype(np.float32)))
        self._append(rows, "spontaneous", "")

    def spontaneous(self, seconds: float, path: Path | None) -> None:
        """Speech-like and emotional mixtures, eased in and out."""
        count = self._frames(seconds)
        if count < 3:
            return
        rows = spontaneous_curves(count, self._fps, self._rng, path=path, split=self._split)
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
        values[:, [schema.VALUE_INDEX[name] for name in self._unavailable]] = 0.0
        t_ns = np.array([self._ns(i) for i in range(len(values))], np.int64)
        emotion = np.zeros(len(values), np.int8)
        intensity = np.zeros(len(values), np.float32)
        for start, code, curve in self._felt:
            emotion[start : start + len(curve)] = np.where(curve > 0.01, code, 0)
            intensity[start : start + len(curve)] = curve
        return Motion(t_ns, values.astype(np.float32), self._cues, emotion, intensity)

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


def _values_of(unit: str, rng: np.random.Generator) -> tuple[str, ...]:
    """Both sides of a unit; of one whose name ends in `_one_side`, either."""
    name = unit.removesuffix("_one_side")
    values = schema.value_names(schema.UNIT_BY_NAME[name])
    return values if name == unit else (values[int(rng.integers(len(values)))],)


def _ramp(x: Curve, sharpness: float) -> Curve:
    """0 below 0, 1 above 1, smooth between; steeper in the middle for larger `sharpness`."""
    x = np.clip(x, 0.0, 1.0)
    up, down = x ** (1.5 * sharpness), (1.0 - x) ** (1.5 * sharpness)
    return np.asarray(up / (up + down))
