"""Getting to know a wearer in at most a minute: rest, range of motion, gaze (A14).

While the wearer follows a script, what the network says is noted in the middle of each cue. From
that a gain and an offset per weight are fitted, close to what the network says: it should have said
`TAKE_WEIGHT` of the cued value and 0 of the others. Each half of every cue judges a fit to the
other halves; a camera that does not get better that way stays as it is, and if none does, the
enrolment is refused. Gaze is only measured: a gain and offset fitted to fixations made free gaze
worse (0.088 to 0.12 rad and more, validation). Times are capture times.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mien import schema
from mien.capture.cues import Cue
from mien.errors import ConfigError
from mien.runtime.fusion import Route, route
from mien.runtime.identity import Identity, Signature
from mien.runtime.profile import CameraProfile, Profile
from mien.types import Quant8

LONGEST_S: Final = 60.0
TAKE_WEIGHT: Final = 0.9
"""What a wearer who does all they can is taken to reach."""
OTHERS_COUNT: Final = 0.3
"""How much a value counts that the cue does not name: nobody moves one muscle alone."""
KEEP: Final = 0.01
"""How strongly gain and offset are kept near 1 and 0, as a share of the noted frames."""
GAIN_RANGE: Final = (0.5, 1.5)
LEAST_FRAMES: Final = 20
"""Noted frames below which a camera is left as it is."""
BETTER_BY: Final = 0.98
"""A camera's held-out error must become this much smaller, as a share."""
FOLLOWED_RISE: Final = 0.1
"""The cued value must rise so far above rest for a take to count as followed."""
FOLLOWED_SHARE: Final = 0.25
"""So many of the takes must be followed, or this is not somebody who follows a script."""
_MIDDLE: Final[Mapping[str, tuple[float, float]]] = {
    "neutral": (0.2, 0.9),
    "take": (0.3, 0.7),
    "gaze": (0.4, 1.0),
}
"""Which part of a cue is noted: the wearer needs time to follow."""
_TAKES: Final = (
    *("jaw_drop", "lip_corner_puller", "lip_pucker", "lip_funneler", "cheek_puff", "lip_suck"),
    *("lip_stretcher", "lip_corner_depressor", "jaw_left", "jaw_right", "upper_lip_raiser"),
    *("brow_lowerer", "inner_brow_raiser", "lid_closure", "lid_raiser", "nose_wrinkler"),
)
_GAZES: Final = ((0.0, 0.0), (0.35, 0.0), (-0.35, 0.0), (0.0, 0.25), (0.0, -0.25), (0.0, 0.0))


def make_script() -> tuple[Cue, ...]:
    """The cues of an enrolment: 54 s, times from its first frame on."""
    plan: list[tuple[float, Cue]] = [(3.0, Cue(0, 1, "neutral"))]
    for name in _TAKES:
        plan += [(1.8, Cue(0, 1, "take", name)), (0.8, Cue(0, 1, "neutral"))]
    plan += [(1.5, Cue(0, 1, "gaze", "", yaw, pitch)) for yaw, pitch in _GAZES]
    script, start_ns = [], 0
    for seconds, cue in plan:
        end_ns = start_ns + round(seconds * 1e9)
        script.append(Cue(start_ns, end_ns, cue.kind, cue.name, cue.yaw_rad, cue.pitch_rad))
        start_ns = end_ns
    return tuple(script)


@dataclass(frozen=True, slots=True)
class EnrolmentReport:
    """How an enrolment went."""

    profile: Profile | None
    """None: refused; what was used before stays in use."""
    reason: str
    """Why it was refused; empty if not."""
    error_before: float
    """Mean distance to the cues, weight or radian, all cameras."""
    error_after: float
    """The same, each half of a cue judged by a fit to the other halves."""
    gaze_error_rad: float
    """Mean distance of the gaze from where it was asked to be; NaN without such cues."""
    rises: Mapping[str, float]
    """Take -> how far the cued value rose above rest before the fit; low ones were not followed,
    or the network does not see them."""


@dataclass(slots=True)
class _Notes:
    """What one camera said, and what it should have said."""

    way: Route
    said: list[NDArray[np.float32]]
    cue: list[int]
    """Place of the cue in the script, one per row."""
    neutral: Quant8 | None = None


class Enrolment:
    """Takes notes of what the network says while a wearer follows a script."""

    def __init__(self, cameras: Sequence[str], script: Sequence[Cue] | None = None) -> None:
        """Make ready.

        Args:
            cameras: Those of the rig.
            script: Cues in order, times from the first frame on; None: `make_script()`.

        Raises:
            ConfigError: If the script is empty or longer than `LONGEST_S`.
        """
        self.script = make_script() if script is None else tuple(script)
        seconds = max((cue.end_ns for cue in self.script), default=0) * 1e-9
        if not 0 < seconds <= LONGEST_S:
            raise ConfigError(f"script: expected 0..{LONGEST_S:g} s, got {seconds:.1f}")
        self._notes = {name: _Notes(route(name), [], []) for name in cameras}
        self._start_ns: int | None = None
        self._at = 0

    def cue_at(self, t_ns: int) -> Cue | None:
        """What the wearer is to do at a capture time; None once the script is over."""
        if self._start_ns is None:
            self._start_ns = t_ns
        elapsed_ns = t_ns - self._start_ns
        while self._at < len(self.script) and elapsed_ns >= self.script[self._at].end_ns:
            self._at += 1
        return self.script[self._at] if self._at < len(self.script) else None

    def note(
        self,
        camera: str,
        said: NDArray[np.float32],
        *,
        t_ns: int,
        neutral: Quant8 | None,
    ) -> None:
        """Note what the network said of a frame.

        Args:
            camera: Its name.
            said: In the order of `route(camera)`.
            t_ns: Capture time, nanoseconds.
            neutral: The crop at rest by now.
        """
        cue = self.cue_at(t_ns)
        if cue is None or self._start_ns is None or cue.kind not in _MIDDLE:
            return
        share = (t_ns - self._start_ns - cue.start_ns) / (cue.end_ns - cue.start_ns)
        first, last = _MIDDLE[cue.kind]
        notes = self._notes[camera]
        if first <= share <= last:
            notes.said.append(said.copy())
            notes.cue.append(self._at)
        if neutral is not None and cue.kind == "neutral":
            notes.neutral = neutral.copy()

    def finish(
        self, *, wearer: str, model: str, identity: Identity | None = None
    ) -> EnrolmentReport:
        """Fit, judge, and report.

        Args:
            wearer: Name for the profile.
            model: `ModelInfo.fingerprint` of the network.
            identity: What makes the signature that the profile gets; None: it gets none.
        """
        rises = self._rises()
        fits = {
            name: _Fit(notes, self.script)
            for name, notes in self._notes.items()
            if notes.neutral is not None and len(notes.cue) >= LEAST_FRAMES
        }
        reason = self._objection(rises, fits)
        if reason:
            return EnrolmentReport(None, reason, math.nan, math.nan, math.nan, rises)
        cameras, errors = {}, []
        for name, fit in fits.items():
            before, after = fit.judge()
            is_better = after < BETTER_BY * before
            errors.append((before, after if is_better else before))
            neutral = self._notes[name].neutral
            if is_better and neutral is not None:
                cameras[name] = CameraProfile(neutral, *fit.gain_offset())
        before, after = np.mean(errors, axis=0).tolist()
        gazes = [off for fit in fits.values() if not math.isnan(off := fit.gaze_error())]
        gaze = float(np.mean(gazes)) if gazes else math.nan
        quality = {"error_before": before, "error_after": after, "gaze_error_rad": gaze}
        signature = {} if identity is None else self._signature(identity)
        kind = "" if identity is None else identity.kind
        profile = Profile(wearer, model, cameras, quality, signature, kind) if cameras else None
        reason = "" if cameras else "no camera gets better by it"
        return EnrolmentReport(profile, reason, before, after, gaze, rises)

    def _signature(self, identity: Identity) -> Signature:
        return {
            name: identity.vector(name, notes.neutral)
            for name, notes in self._notes.items()
            if notes.neutral is not None
        }

    def _objection(self, rises: Mapping[str, float], fits: Mapping[str, _Fit]) -> str:
        done, asked = self._at, len(self.script)
        if done < asked - 1:
            return f"script: expected {asked} cues, got frames of {done}"
        followed = sum(rise >= FOLLOWED_RISE for rise in rises.values())
        if followed < FOLLOWED_SHARE * max(len(rises), 1):
            return f"takes: expected a quarter to be followed, got {followed} of {len(rises)}"
        return "" if fits else "cameras: expected usable frames of all cues, got too few"

    def _rises(self) -> dict[str, float]:
        rises: dict[str, float] = {}
        for notes in self._notes.values():
            said, at = np.array(notes.said), np.array(notes.cue, np.intp)
            kinds = np.array([self.script[k].kind for k in at])
            if not (kinds == "neutral").any():
                continue
            rest = np.median(said[kinds == "neutral"], axis=0)
            for place in np.unique(at[kinds == "take"]):
                name = self.script[place].name
                columns = _cued(notes.way, self.script[place])
                if columns.any():
                    rise = float((np.median(said[at == place], axis=0) - rest)[columns].max())
                    rises[name] = max(rises.get(name, 0.0), rise)
        return rises


def _cued(way: Route, cue: Cue) -> NDArray[np.bool_]:
    return np.array([cue.name in (name, schema.UNIT_OF_VALUE[name].name) for name in way.names])


class _Fit:
    """Ridge regression of gain and offset of one camera's weights."""

    def __init__(self, notes: _Notes, script: Sequence[Cue]) -> None:
        self._way = notes.way
        self._said = np.array(notes.said, np.float64)
        self._is_gaze = np.isin(notes.way.names, schema.GAZE_NAMES)
        targets = [self._target(script[place]) for place in notes.cue]
        self._wanted = np.array([wanted for wanted, _ in targets])
        self._count = np.array([count for _, count in targets])
        self._is_late = _later_halves(np.array(notes.cue, np.intp))

    def gain_offset(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Fitted to all notes."""
        gain, offset = self._solve(np.ones(len(self._said), np.bool_))
        return gain.astype(np.float32), offset.astype(np.float32)

    def judge(self) -> tuple[float, float]:
        """Mean distance of the weights to what was wanted: as the network says it, and held out."""
        held_out = np.zeros_like(self._said)
        for is_out in (self._is_late, ~self._is_late):
            gain, offset = self._solve(~is_out)
            held_out[is_out] = self._said[is_out] * gain + offset
        return self._distance(self._said), self._distance(held_out)

    def gaze_error(self) -> float:
        """Mean distance of the gaze to where it was asked to be, radians; NaN if it was not."""
        asked = self._count * self._is_gaze
        off = np.abs(self._said - self._wanted) * asked
        return float(off.sum() / asked.sum()) if asked.any() else math.nan

    def _distance(self, got: NDArray[np.float64]) -> float:
        count = self._count * ~self._is_gaze
        off = np.abs(np.clip(got, self._way.low, self._way.high) - self._wanted) * count
        return float(off.sum() / max(count.sum(), 1e-9))

    def _solve(self, rows: NDArray[np.bool_]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        width = self._said.shape[1]
        gain, offset = np.ones(width), np.zeros(width)
        for column in np.flatnonzero(~self._is_gaze):
            said, wanted = self._said[rows, column], self._wanted[rows, column]
            is_seen = _rise(said, wanted) >= FOLLOWED_RISE
            # A value that is not seen to rise has no gain, but it has a rest.
            count = self._count[rows, column] * (is_seen | (wanted == 0))
            if not count.any():
                continue
            if not is_seen:
                offset[column] = np.average(-said, weights=count)
                continue
            given = np.stack([said, np.ones_like(said)], axis=1)
            weighted = given * count[:, None]
            left = given.T @ weighted + KEEP * count.sum() * np.eye(2)
            change = np.linalg.solve(left, weighted.T @ (wanted - said))
            gain[column] = np.clip(1 + change[0], *GAIN_RANGE)
            offset[column] = np.average(wanted - gain[column] * said, weights=count)
        return gain, offset

    def _target(self, cue: Cue) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """What each value should be, and how much that counts."""
        wanted, is_cued = np.zeros(len(self._way.names)), _cued(self._way, cue)
        if cue.kind == "gaze":
            is_yaw = np.array([name.startswith("gaze_yaw") for name in self._way.names])
            wanted[self._is_gaze] = np.where(is_yaw, cue.yaw_rad, cue.pitch_rad)[self._is_gaze]
            return wanted, self._is_gaze.astype(float)
        wanted[is_cued] = TAKE_WEIGHT
        count = np.where(is_cued | (cue.kind == "neutral"), 1.0, OTHERS_COUNT)
        return wanted, np.where(self._is_gaze, 0.0, count)


def _rise(said: NDArray[np.float64], wanted: NDArray[np.float64]) -> float:
    is_cued = wanted > 0
    if not is_cued.any() or is_cued.all():
        return 0.0
    return float(np.median(said[is_cued]) - np.median(said[~is_cued]))


def _later_halves(cue: NDArray[np.intp]) -> NDArray[np.bool_]:
    is_late = np.zeros(len(cue), np.bool_)
    for place in np.unique(cue):
        rows = np.flatnonzero(cue == place)
        is_late[rows[len(rows) // 2 :]] = True
    return is_late
