"""One wearer's session, cut in two: at most a minute that adapts, and the rest, which judges."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from mien import schema
from mien.capture.cues import Cue
from mien.capture.session import Session
from mien.config import PreprocessConfig
from mien.runtime.opening import script_of, start_of
from mien.schema import CameraKind
from mien.train.adapt import Lessons
from mien.train.label_config import LabelConfig
from mien.train.label_tracks import CameraCrops
from mien.train.labeller import label_crops
from mien.train.labels import LabelTable
from mien.train.network import Encoder
from mien.train.samples import exact_truth, gaze_visibility, interpolated
from mien.train.sights import Sight, coarse_maps, see_session
from mien.train.targets import Rows, encode, kind_of, value_columns

Maps: TypeAlias = Mapping[str, Tensor]
"""Camera -> what the last block of its network is given, frame by frame, (N, C, 8, 8)."""
_MOST_CUES: Final = 100_000
LabelsAt: TypeAlias = Callable[[NDArray[np.int64]], tuple[Rows, Rows]]
"""Capture times (N,) to values and weights, both (N, VALUE_COUNT); weight 0: no label."""


@dataclass(frozen=True, slots=True)
class Wearer:
    """What the cameras saw of somebody."""

    name: str
    sights: Mapping[str, Sight]
    """Camera -> all frames of the session."""
    script: tuple[Cue, ...]
    """What was asked for in the footage; times from `start_ns` on."""
    start_ns: int
    """Capture time of the first frame."""

    @property
    def end_ns(self) -> int:
        """Capture time at which the footage ends; what comes from then on judges."""
        return self.start_ns + self.script[-1].end_ns

    def footage(self) -> dict[str, Sight]:
        """Camera -> the frames that adapt."""
        return {name: one.where(one.t_ns < self.end_ns) for name, one in self.sights.items()}

    def cue_numbers(self, t_ns: NDArray[np.int64]) -> NDArray[np.intp]:
        """Which cue of the script a capture time belongs to, shape (N,)."""
        starts = np.array([cue.start_ns for cue in self.script])
        return np.searchsorted(starts, t_ns - self.start_ns, side="right")


def meet(session: Session, preprocess: PreprocessConfig, *, is_judged: bool = False) -> Wearer:
    """Read a session that begins with cues.

    Args:
        session: A recording.
        preprocess: How crops are made for the network.
        is_judged: Read what follows the footage too.

    Raises:
        SessionError: If it cannot be read, or begins with no cue.
    """
    script, start_ns = script_of(session), start_of(session)
    end_ns = None if is_judged else start_ns + script[-1].end_ns
    sights = see_session(session, preprocess, end_ns=end_ns)
    return Wearer(session.path.name, sights, script, start_ns)


def metric_labels(session: Session, wearer: Wearer) -> LabelsAt:
    """What `mien label` makes of the footage alone: neither truth nor what comes later is read."""
    views = {
        camera: CameraCrops(session.rig[camera], footage.t_ns, footage.gray)
        for camera, footage in wearer.footage().items()
    }
    cues = [cue for cue in session.cues() if cue.end_ns <= wearer.end_ns]
    table = label_crops(wearer.name, views, cues, config=LabelConfig()).table
    return labels_in(table, wearer.name)


def labels_in(table: LabelTable, session: str) -> LabelsAt:
    """The labels of a session in a table."""
    return lambda t_ns: table.dense(session, t_ns)


def exact_labels(session: Session) -> LabelsAt:
    """The exact truth of a rendered session: the bound of what labels can do.

    Raises:
        TrainError: If the session has none.
    """
    truth = exact_truth(session)
    is_shown = [name not in session.meta.get("missing", ()) for name in schema.VALUE_NAMES]
    row = np.array(is_shown, np.float32)
    return lambda t_ns: (interpolated(truth, t_ns), np.tile(row, (len(t_ns), 1)))


def lessons_of(
    kind: CameraKind, wearer: Wearer, labels: LabelsAt, *, maps: Maps, fps: float
) -> Lessons:
    """The footage as one kind of camera's network is to learn from it.

    Args:
        kind: Of camera.
        wearer: What was seen.
        labels: Of the footage.
        maps: What the network's last block is given.
        fps: How many frames a second are learnt from.
    """
    parts = [
        _lessons(camera, wearer, labels, coarse=maps[camera], fps=fps)
        for camera in wearer.sights
        if kind_of(camera) == kind
    ]
    return Lessons(
        torch.cat([part.coarse for part in parts]),
        np.concatenate([part.targets for part in parts]),
        np.concatenate([part.weights for part in parts]),
        # Counted on from camera to camera: the halves of a cue are each camera's own.
        np.concatenate([part.cue + _MOST_CUES * number for number, part in enumerate(parts)]),
    )


def _lessons(
    camera: str, wearer: Wearer, labels: LabelsAt, *, coarse: Tensor, fps: float
) -> Lessons:
    t_ns = wearer.sights[camera].t_ns
    slots = np.floor((t_ns - wearer.start_ns) * 1e-9 * fps + 1e-6)
    rows = np.flatnonzero((np.diff(slots, prepend=-1) > 0) & (t_ns < wearer.end_ns))
    t_ns = t_ns[rows]
    values, weights = labels(t_ns)
    targets, weights = encode(values, camera), weights[:, value_columns(camera)]
    if kind_of(camera) == "eye":
        weights = weights * gaze_visibility(targets, weights)
    return Lessons(coarse[torch.from_numpy(rows)], targets, weights, wearer.cue_numbers(t_ns))


def maps_of(
    networks: Mapping[CameraKind, Encoder], wearer: Wearer, *, preprocess: PreprocessConfig
) -> Maps:
    """What the last block of each camera's network is given, for every frame that was read."""
    return {
        camera: coarse_maps(networks[kind_of(camera)], sight, preprocess)
        for camera, sight in wearer.sights.items()
    }
