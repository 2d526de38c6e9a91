"""How much of each unit is on the face where nothing was asked for, with what the takes taught.

Each frame is compared with the rest of the seconds around it, so a stretch needs no cue inside
it: its usual look is its rest. The residual displacement is then split over the templates of all
units of the camera at once (weighted least squares with a ridge): units that move the same skin
would otherwise all answer to a movement of one of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mien.capture.cues import Cue
from mien.config import CROP_SIZE
from mien.train.label_blend import largest
from mien.train.label_config import LabelConfig
from mien.train.label_curves import CameraCurves
from mien.train.label_segments import NO_TAKE, Segment
from mien.train.label_tracks import CameraCrops, Fields, Trusts, key_frame
from mien.types import Gray8
from mien.vision.flow import DenseFlow
from mien.vision.follow import grid_axis
from mien.vision.motion import fit_slips, remove_slips

WINDOW_S: Final = 3.0
"""Frames share a rest picture over so long: six times the longest micro-expression, so that the
usual look of a window is never one."""
MIN_STRETCH_S: Final = 1.2
"""Shorter stretches have no rest to compare with."""
RIDGE: Final = 0.02
"""Of the mean power of the templates."""
UNCUED: Final = ("neutral", "spontaneous")

Shares = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Stretch:
    """The units over one stretch of a session in which nothing was asked for."""

    t_ns: NDArray[np.int64]
    """Frames of the first camera, shape (n,)."""
    columns: tuple[tuple[str, str], ...]
    """(value name, camera) of each column."""
    share: Shares
    """Shape (n, columns), 1 = the session's largest take; above or below the rest of the window.
    Blinks are bridged."""


def stretches(
    cameras: Sequence[CameraCurves],
    views: Mapping[str, CameraCrops],
    cues: Sequence[Cue],
    *,
    config: LabelConfig,
) -> list[Stretch]:
    """The units wherever at least `MIN_STRETCH_S` passes without a take or a gaze target.

    Args:
        cameras: What the session's takes taught, from `label_crops`.
        views: Camera name -> its crops.
        cues: Of the session. Where a spontaneous cue begins or ends inside a stretch plays no
            part: it could give away when something happens.
        config: Settings of the labeller.
    """
    taught = [_Taught(view, config) for view in cameras if view.camera in views]
    learned = [one for one in taught if one.names]
    if not learned:
        return []
    return [
        _joined([(one, one.shares(views[one.camera], span)) for one in learned], views, span)
        for span in uncued(cues)
    ]


def uncued(cues: Sequence[Cue]) -> list[tuple[int, int]]:
    """(start, end) of the stretches, nanoseconds."""
    spans: list[tuple[int, int]] = []
    for cue in cues:
        if cue.kind not in UNCUED:
            continue
        if spans and cue.start_ns == spans[-1][1]:
            spans[-1] = (spans[-1][0], cue.end_ns)
        else:
            spans.append((cue.start_ns, cue.end_ns))
    return [(start, end) for start, end in spans if end - start >= MIN_STRETCH_S * 1e9]


class _Taught:
    """The templates of one camera, ready to split a displacement over them."""

    def __init__(self, view: CameraCurves, config: LabelConfig) -> None:
        tops = largest(view.takes)
        self.camera = view.camera
        self.names = [name for name in view.templates if (name, view.camera) in tops]
        self._view, self._config = view, config
        if not self.names:
            return
        templates = [view.templates[name] for name in self.names]
        scale = [tops[name, view.camera] for name in self.names]
        self._way = np.stack([t.direction * top for t, top in zip(templates, scale, strict=True)])
        heard = [t.weight / max(float(t.weight.max()), 1e-9) for t in templates]
        self._heard = np.max(heard, axis=0)

    def shares(self, view: CameraCrops, span: tuple[int, int]) -> Shares:
        """Shape (frames of the span, names); windows overlap by half and are faded into another."""
        first, last = (int(at) for at in np.searchsorted(view.t_ns, span))
        total, weight = np.zeros((last - first, len(self.names))), np.zeros(last - first)
        for start, end in windows(view.t_ns, first, last):
            found = self._window(view, start, end)
            fade = np.minimum(np.arange(1, end - start + 1), np.arange(end - start, 0, -1))
            total[start - first : end - first] += found * fade[:, None]
            weight[start - first : end - first] += fade
        share = total / np.maximum(weight, 1)[:, None]
        return bridge_blinks(share, view.t_ns[first:last], self._view)

    def _window(self, view: CameraCrops, first: int, last: int) -> Shares:
        flow = DenseFlow(CROP_SIZE, CROP_SIZE, self._config.flow)
        rest = flow.image().set(rest_of(view, (first, last), self._config))
        now = flow.image()
        dense_px = np.zeros((CROP_SIZE, CROP_SIZE, 2), np.float32)
        sure = np.zeros((CROP_SIZE, CROP_SIZE), np.float32)
        axis = grid_axis(CROP_SIZE, self._config.grid_step_px).astype(int)
        grid = np.ix_(axis, axis)
        moved_px = np.zeros((last - first, len(axis), len(axis), 2), np.float32)
        trust = np.zeros(moved_px.shape[:3], np.float32)
        for at in range(last - first):
            now.set(view.crops[first + at])
            flow.between(rest, now, out_flow=dense_px, out_confidence=sure)
            moved_px[at], trust[at] = dense_px[grid], sure[grid]
        found = self._split(moved_px, trust)
        return found - np.median(found, axis=0)

    def _split(self, moved_px: Fields, trust: Trusts) -> Shares:
        """Shares of all units that together explain each displacement, shape (n, names)."""
        slips = fit_slips(moved_px, trust, self._view.reference)
        root = np.sqrt(trust.mean(axis=0) * self._heard)[..., None]
        ways = (self._way * root).reshape(len(self._way), -1).astype(np.float64)
        own = (remove_slips(moved_px, slips) * root).reshape(len(moved_px), -1).astype(np.float64)
        # einsum, not @: the last bits of BLAS depend on its number of threads.
        power = np.einsum("ip,jp->ij", ways, ways)
        ridge = RIDGE * max(float(np.trace(power)) / len(power), 1e-12)
        pull = np.einsum("ip,np->in", ways, own)
        return np.asarray(np.linalg.solve(power + ridge * np.eye(len(power)), pull).T)


def rest_of(view: CameraCrops, frames: tuple[int, int], config: LabelConfig) -> Gray8:
    """The usual look of frames `first <= i < last`, shape (S, S)."""
    first, last = frames
    own = np.arange(first, last)
    segment = Segment((), NO_TAKE, first, last, (own,), np.zeros(len(own), np.bool_))
    return key_frame(view.crops, segment, config.key_frames)


def bridge_blinks(curves: Shares, t_ns: NDArray[np.int64], view: CameraCurves) -> Shares:
    """Curves (n, c), drawn in straight over blinks and the frame on either side of them (A11)."""
    shut = [lid.t_ns[lid.is_blink] for lid in view.eye.lids]
    hidden = np.isin(t_ns, np.concatenate(shut)) if shut else np.zeros(len(t_ns), np.bool_)
    hidden = np.convolve(hidden, np.ones(3), "same") > 0
    if not hidden.any() or hidden.all():
        return curves
    frames = np.arange(len(t_ns))
    known = frames[~hidden]
    return np.stack([np.interp(frames, known, column[~hidden]) for column in curves.T], axis=1)


def windows(t_ns: NDArray[np.int64], first: int, last: int) -> Iterator[tuple[int, int]]:
    """Frames `start <= i < end` of the windows of a stretch, overlapping by half."""
    length_ns = round(WINDOW_S * 1e9)
    start = first
    while start < last:
        end = min(last, int(np.searchsorted(t_ns, t_ns[start] + length_ns)))
        middle = int(np.searchsorted(t_ns, t_ns[start] + length_ns // 2))
        if last - end < (end - start) // 2:
            end = last
        yield start, end
        start = last if end == last else max(middle, start + 1)


def _joined(
    parts: Sequence[tuple[_Taught, Shares]],
    views: Mapping[str, CameraCrops],
    span: tuple[int, int],
) -> Stretch:
    """The columns of all cameras at the times of the first."""
    times = [view.t_ns[slice(*np.searchsorted(view.t_ns, span))] for view in views.values()]
    own = dict(zip(views, times, strict=True))
    t_ns = own[parts[0][0].camera]
    columns = [(name, one.camera) for one, _ in parts for name in one.names]
    share = [np.interp(t_ns, own[one.camera], column) for one, found in parts for column in found.T]
    return Stretch(t_ns, tuple(columns), np.stack(share, axis=1))
