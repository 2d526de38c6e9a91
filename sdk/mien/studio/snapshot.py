"""One moment of a tracked source, kept for a picture."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from mien import schema
from mien.runtime.tracker import TrackableSource, Tracker
from mien.types import CameraModel, Confidence, FaceState, Flow, Frame, Gray8, Rig


@dataclass(frozen=True, slots=True)
class View:
    """What one camera saw at that moment; every array is a copy."""

    frame: Frame
    camera: CameraModel
    crop: Gray8
    flow_px: Flow
    """From the crop before to `crop`."""
    confidence: Confidence


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All cameras and the state at one moment."""

    state: FaceState
    views: Mapping[str, View]


class Tap:
    """A source that remembers the newest frame of each camera while it is tracked."""

    def __init__(self, source: TrackableSource) -> None:
        self.rig: Rig = source.rig
        self.newest: dict[str, Frame] = {}
        self._source = source

    def __iter__(self) -> Iterator[Frame]:
        for frame in self._source:
            self.newest[frame.camera] = frame
            yield frame


class BestMoment:
    """Keeps the moment at which the face shows most while it moves."""

    def __init__(self, tap: Tap, tracker: Tracker) -> None:
        self._tap = tap
        self._tracker = tracker
        self._shown = 0.0
        self._last: np.ndarray[tuple[int], np.dtype[np.float32]] | None = None
        self.snapshot: Snapshot | None = None
        """The best moment so far; None before the second state."""

    def add(self, state: FaceState) -> None:
        """Look at a state right after the tracker gave it."""
        weights = state.values[: len(schema.WEIGHT_NAMES)]
        last, self._last = self._last, weights
        if last is None or not state.tracked.any():
            return
        # Closed eyes hide half of what there is to see.
        lids = [state.units[f"lid_closure_{side}"] for side in schema.SIDES]
        shown = float(weights.sum() + 10 * np.abs(weights - last).sum()) * (1.2 - max(lids))
        if shown > self._shown:
            self._shown, self.snapshot = shown, self.take(state)

    def take(self, state: FaceState) -> Snapshot:
        """Copy what the cameras show now."""
        views = {}
        for name, path in self._tracker.paths.items():
            if name in self._tap.newest:
                watch = path.slip_watch
                views[name] = View(
                    frame=self._tap.newest[name],
                    camera=path.camera,
                    crop=path.crop.copy(),
                    flow_px=watch.flow_px.copy(),
                    confidence=watch.confidence.copy(),
                )
        return Snapshot(state, views)
