"""From what the networks say of a session's frames to the face, as the tracker would have it.

The steps behind the network are the runtime's own classes: the wearer's profile, running
recalibration, smoothing, fusion of the cameras.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from mien.config import TrackerConfig
from mien.runtime.enrolment import Enrolment, EnrolmentReport
from mien.runtime.fusion import Fusion, route
from mien.runtime.profile import CameraProfile, Profile
from mien.runtime.recalibration import Recalibration
from mien.train.checkpoint import TrainedModel
from mien.train.sights import Sight
from mien.train.targets import Rows
from mien.train.wearer import Wearer
from mien.vision.smoothing import OneEuro

Said: TypeAlias = Mapping[str, Rows]
"""Camera -> what its network gives for every frame, (N, U), 0..1."""
INSTANT_NS = 5_000_000
"""Frames closer than this show one instant, seen by cameras that are not quite in step."""


def enrol(wearer: Wearer, said: Said) -> EnrolmentReport:
    """Enrol a wearer with the footage, as `Tracker.enrol` does."""
    notes = Enrolment(tuple(wearer.sights), wearer.script)
    routed = {name: _routed(name, rows) for name, rows in said.items()}
    for t_ns, camera, row in _in_order(wearer.sights):
        if notes.cue_at(t_ns) is None:
            break
        sight = wearer.sights[camera]
        neutral = sight.neutrals[sight.neutral[row]]
        notes.note(camera, routed[camera][row], t_ns=t_ns, neutral=neutral)
    return notes.finish(wearer=wearer.name, model="")


def face_values(
    wearer: Wearer,
    said: Said,
    model: TrainedModel,
    *,
    profile: Profile | None = None,
    is_adaptive: bool = True,
) -> tuple[NDArray[np.int64], Rows]:
    """The face over a whole session.

    Args:
        wearer: What was seen.
        said: What the networks gave.
        model: Its fusion weights and values.
        profile: The wearer's gains and offsets.
        is_adaptive: Whether neutral and range are recalibrated while tracking.

    Returns:
        Capture times (N,), and values (N, VALUE_COUNT), a row per instant.
    """
    config = TrackerConfig(is_adaptive=is_adaptive)
    hold_ns, fade_ns = (round(ms * 1e6) for ms in (config.hold_ms, config.fade_ms))
    fusion = Fusion(model.fusion, model.trained, hold_ns=hold_ns, fade_ns=fade_ns)
    cameras = profile.cameras if profile else {}
    finished = {
        name: _finished(name, wearer.sights[name], rows, profile=cameras.get(name), config=config)
        for name, rows in said.items()
    }
    times, values = [], []
    for t_ns, camera, row in _in_order(wearer.sights):
        fusion.take(camera, finished[camera][row], t_ns=t_ns)
        times.append(t_ns)
        values.append(fusion.run(t_ns).copy())
    # The last state of an instant: by then all cameras have spoken.
    is_last = np.diff(times, append=np.iinfo(np.int64).max) > INSTANT_NS
    return np.array(times, np.int64)[is_last], np.array(values)[is_last]


def _in_order(sights: Mapping[str, Sight]) -> Iterator[tuple[int, str, int]]:
    """Capture time, camera and row of every frame, by time."""
    every = [
        (t_ns, name, row)
        for name, sight in sights.items()
        for row, t_ns in enumerate(sight.t_ns.tolist())
    ]
    yield from sorted(every, key=lambda one: one[0])


def _routed(camera: str, rows: Rows) -> Rows:
    way = route(camera)
    return rows * way.gain + way.offset


def _finished(
    camera: str, sight: Sight, rows: Rows, *, profile: CameraProfile | None, config: TrackerConfig
) -> Rows:
    """One camera's values after profile, recalibration and smoothing, as in `CameraPath`."""
    way, values = route(camera), _routed(camera, rows)
    if profile is not None:
        values = np.clip(values * profile.gain + profile.offset, way.low, way.high)
    recalibration = Recalibration(way.names)
    smoothing = OneEuro(len(way.names), config.smoothing)
    values = np.ascontiguousarray(values, np.float32)
    for row, t_ns, has_slipped in zip(values, sight.t_ns.tolist(), sight.slipped, strict=True):
        if has_slipped:
            recalibration.reread()
        if config.is_adaptive:
            recalibration.run(row, t_ns=t_ns)
        smoothing.step(row, t_ns, out=row)
    return values
