"""Whether a camera shows a face at all, and what is said when nothing says so.

A cue alone proves nothing: somebody must have followed it. Two rules, both from the images:

- At rest the skin can be followed. A take counts only if flow is trusted somewhere in the crop in
  the neutral frames on both sides of it. Of a film without a face at most 0.05 was trusted on
  one side of every take that was tried, of a telephone's small and compressed picture of a face
  0.09, of infrared and rendered faces 0.15 and more.
- A camera is vouched for by one accepted take. "At rest" is known from the cue; where every take
  that a camera was cued was refused, or no camera has an accepted one, rest is refused as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from mien import schema
from mien.train.label_config import LabelConfig
from mien.train.label_curves import CameraCurves, TakeCurve
from mien.train.label_rules import values_seen_by
from mien.train.label_tracks import Track
from mien.train.labels import LabelTable, join, refused

BEST: Final = 0.9
"""Quantile over the crop: much of it may be hair, glass or background."""
UNVOUCHED: Final = "no take was accepted that shows that the camera sees a face"


def rest_trust(track: Track) -> float:
    """How far flow is trusted at rest where it is trusted most, the lesser of both sides, 0..1."""
    neutral = np.flatnonzero(track.segment.neutral)
    moving = np.flatnonzero(~track.segment.neutral)
    sides = (neutral[neutral < moving[0]], neutral[neutral > moving[-1]])
    trusted = [track.trust[side].mean(axis=0) for side in sides if len(side)]
    return min((float(np.quantile(field, BEST)) for field in trusted), default=0.0)


def judge_rests(
    takes: Sequence[TakeCurve], tracks: Sequence[Track], config: LabelConfig
) -> list[TakeCurve]:
    """The takes, with those refused beside which nothing can be followed."""
    trust = {
        track.segment.number: rest_trust(track)
        for track in tracks
        if any(seen.segment.number == track.segment.number for seen in takes)
    }
    judged: list[TakeCurve] = []
    for seen in takes:
        known = trust[seen.segment.number]
        if not seen.take.refusal and known < config.min_rest_trust:
            reason = f"nothing to follow at rest: trust {known:.3f}; is a face in the picture?"
            judged.append(replace(seen, take=replace(seen.take, refusal=reason)))
        else:
            judged.append(seen)
    return judged


def vouched(table: LabelTable, cameras: Sequence[CameraCurves]) -> LabelTable:
    """The table of one session, with what no camera vouches for refused."""
    good = {view.camera for view in cameras if any(not seen.take.refusal for seen in view.takes)}
    if good:  # a camera that was cued nothing is of the headset that the others vouch for
        good |= {view.camera for view in cameras if not view.takes}
    seen = {name for camera in good for name in _values_of(camera)}
    is_seen = np.isin(table.name, [schema.VALUE_INDEX[name] for name in seen])
    if is_seen.all():
        return table
    return join([table.where(is_seen), refused(table.where(~is_seen), UNVOUCHED)])


def _values_of(camera: str) -> tuple[str, ...]:
    side = camera.rpartition("_")[2]
    gaze = [name for name in schema.GAZE_NAMES if name.endswith(side)]
    return (*values_seen_by(camera), *(gaze if camera in schema.EYE_CAMERAS else ()))
