"""Crops with their labels: what one network learns from, over many sessions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mien import schema
from mien.capture.session import Session, open_session
from mien.capture.values import ValueTable
from mien.config import CROP_SIZE
from mien.errors import TrainError
from mien.schema import CameraKind
from mien.train.config import TRUTH, LoadConfig, TrainConfig, default_cache
from mien.train.crops import Crops, session_crops
from mien.train.label_file import read_about, read_labels
from mien.train.label_regions import UnitBoxes, read_regions
from mien.train.labels import LabelTable
from mien.train.losses import gaze_outputs
from mien.train.pixels import Pixels, session_pixels
from mien.train.scene import SceneTargets, joined_scenes, session_scene
from mien.train.targets import KINDS, OUTPUTS, Rows, encode, kind_of, value_columns
from mien.types import Progress

_LEAST_VISIBLE = 0.05
_REST_LIMIT = 0.08
"""A face at rest shows no unit above this."""
_REST_SHARE = 0.6
"""... with at least this share of the units labelled."""


@dataclass(frozen=True, slots=True)
class Samples:
    """Samples of one kind of camera. Crops stay on disk; the rest is in memory."""

    kind: CameraKind
    parts: tuple[NDArray[np.int8], ...]
    """Crops of one session and camera each, shape (n, 128, 128), int8."""
    part_cameras: tuple[str, ...]
    """Camera of each part."""
    unknown_code: int
    """Code of real 0; a crop of it stands for an unknown neutral."""
    neutral_rows: tuple[NDArray[np.intp], ...]
    """Rows of each part that show the face at rest, by the labels."""
    part: NDArray[np.int32]
    """Shape (N,), which part a sample is in."""
    row: NDArray[np.int32]
    """Shape (N,), which row of the part."""
    t_ns: NDArray[np.int64]
    """Shape (N,), capture times."""
    targets: Rows
    """Shape (N, U), float32, 0..1, as the network gives them."""
    weights: Rows
    """Shape (N, U), float32; 0 where there is no label."""
    scene: SceneTargets
    """What is to be seen besides, of all N."""
    pixels: tuple[Pixels | None, ...]
    """What each part's pixels show, by row; None where that is not known."""

    def __len__(self) -> int:
        return len(self.part)

    def pairs(
        self, index: NDArray[np.intp], *, rng: np.random.Generator | None = None
    ) -> NDArray[np.int8]:
        """The crops of some samples, each beside a neutral crop of the same wearer and camera.

        Args:
            index: Which samples.
            rng: Picks among the neutral crops; None takes the first. A headset has no labels to
                find rest by and takes a medoid instead, see `mien.runtime.neutral`.

        Returns:
            Shape (len(index), 2, 128, 128), int8; the second is all `unknown_code` where no
            neutral is known.
        """
        pairs = np.full((len(index), 2, CROP_SIZE, CROP_SIZE), self.unknown_code, np.int8)
        for pair, i in zip(pairs, index, strict=True):
            crops, rest = self.parts[self.part[i]], self.neutral_rows[self.part[i]]
            pair[0] = crops[self.row[i]]
            if len(rest):
                pair[1] = crops[rest[0 if rng is None else int(rng.integers(len(rest)))]]
        return pairs

    def shuffled(self, seed: int) -> Samples:
        """The same crops with the labels dealt to other samples: a control."""
        order = np.random.default_rng(seed).permutation(len(self))
        return replace(self, targets=self.targets[order], weights=self.weights[order])

    def moving(self) -> list[bool]:
        """Which outputs have labels that move."""
        spread = [
            np.ptp(target[weight > 0]) if (weight > 0).any() else 0.0
            for target, weight in zip(self.targets.T, self.weights.T, strict=True)
        ]
        return [bool(s > 0.02) for s in spread]


def load_samples(
    sessions: Sequence[Path],
    labels: str,
    *,
    config: TrainConfig | LoadConfig,
    progress: Progress,
    what: str,
    scenes: Sequence[Path] = (),
) -> dict[CameraKind, Samples]:
    """Crops and labels of sessions, by kind of camera.

    Args:
        sessions: Session folders.
        labels: Parquet file of `mien label`, or `truth`.
        config: Which frames, and where crops are kept.
        progress: Told of each session.
        what: Name of the job, for `progress`.
        scenes: Rendered sessions that teach all but the units: who it is, what is felt, pixels.

    Raises:
        SessionError: If a session cannot be read.
        TrainError: If a session has no labels, or a kind of camera has no samples at all.
    """
    opened = [open_session(path) for path in (*sessions, *scenes)]
    jobs = [(session, camera) for session in opened for camera in session.cameras]
    labeller, exact, is_scene = _LabelSource(labels), _LabelSource(TRUTH), set(scenes)

    def crops_of(job: tuple[Session, str]) -> Crops:
        return session_crops(*job, config.samples, cache=config.cache or default_cache())

    found: dict[CameraKind, list[_Part]] = {kind: [] for kind in KINDS}
    # Threads suffice: decoding and the C++ core leave Python's lock alone.
    with ThreadPoolExecutor(config.threads) as pool:
        made = progress(pool.map(crops_of, jobs), what=what, total=len(jobs))
        for (session, camera), crops in zip(jobs, made, strict=True):
            is_only_scene = session.path in is_scene
            labels_of = exact if is_only_scene else labeller
            values, weights = labels_of.at(session, crops.t_ns)
            regions = labels_of.regions(session, camera)
            pixels = session_pixels(
                session, camera, crops.t_ns, cache=config.cache or default_cache(), key=crops.key
            )
            lower = labels_of.at(session, mouth_times(session, crops.t_ns))
            told = Labels(values, weights, regions, lower)
            part = _part(session, camera, crops, labels=told, pixels=pixels)
            found[kind_of(camera)].append(_without_units(part) if is_only_scene else part)
    return {
        kind: _joined(kind, parts, unknown_code=config.samples.preprocess.zero_point)
        for kind, parts in found.items()
    }


class _LabelSource:
    """Values and weights of any session at any times, from the file or the exact truth.

    The weight of a value in the loss is the confidence of its label.
    """

    def __init__(self, labels: str) -> None:
        self._file = None if labels == TRUTH else Path(labels)
        if self._file:
            read_about(self._file)  # a wrong path ends the run before an hour of decoding
        self._regions = read_regions(self._file) if self._file else {}
        self._table: LabelTable | None = None
        self._truth: tuple[Path, ValueTable] | None = None

    def regions(self, session: Session, camera: str) -> UnitBoxes | None:
        """Of the labeller; none at all from a file without them, None for the exact truth."""
        if self._file is None:
            return None
        return self._regions.get(session.path.name, {}).get(camera, {})

    def at(self, session: Session, t_ns: NDArray[np.int64]) -> tuple[Rows, Rows]:
        """Both of shape (N, VALUE_COUNT); the weight is 0 where there is no label."""
        name = session.path.name
        if self._file:
            # One session at a time: the table of a large set takes gigabytes.
            if self._table is None or name not in self._table.sessions:
                self._table = read_labels(self._file, sessions=[name])
            return self._table.dense(name, t_ns)
        if self._truth is None or self._truth[0] != session.path:
            self._truth = session.path, exact_truth(session)
        values = interpolated(self._truth[1], t_ns)
        is_shown = [name not in session.meta.get("missing", ()) for name in schema.VALUE_NAMES]
        return values, np.tile(np.array(is_shown, np.float32), (len(t_ns), 1))


def exact_truth(session: Session) -> ValueTable:
    """A session's exact values.

    Raises:
        TrainError: If the session has none.
    """
    truth = session.truth()
    if truth is None or not len(truth):
        raise TrainError(
            f"{session.path}: expected exact truth, got none; give a label file of `mien label`"
        )
    return truth


def interpolated(table: ValueTable, t_ns: NDArray[np.int64]) -> Rows:
    """Values at some times, linear between the rows and still beyond them, (N, VALUE_COUNT)."""
    columns = [np.interp(t_ns, table.t_ns, column) for column in table.values.T]
    return np.stack(columns, 1).astype(np.float32)


class Labels(NamedTuple):
    """What the labeller, or the exact truth, says of the frames of one camera."""

    values: Rows
    weights: Rows
    regions: UnitBoxes | None
    """Of the labeller; None: exact ones are to be read, where the session has them."""
    lower: tuple[Rows, Rows]
    """Values and weights as the mouth camera's frames of the same instants have them."""


@dataclass(frozen=True, slots=True)
class _Part:
    camera: str
    crops: Crops
    targets: Rows
    weights: Rows
    rest: NDArray[np.intp]
    scene: SceneTargets
    pixels: Pixels | None


def _part(
    session: Session,
    camera: str,
    crops: Crops,
    *,
    labels: Labels,
    pixels: Pixels | None,
) -> _Part:
    kind, (values, weights, regions, lower) = kind_of(camera), labels
    scene = session_scene(
        session, camera, crops.t_ns, values=values, weights=weights, regions=regions, lower=lower
    )
    targets, weights = encode(values, camera), weights[:, value_columns(camera)]
    rest = resting_rows(targets, weights, kind)
    if kind == "eye":
        weights = weights * gaze_visibility(targets, weights)
    return _Part(camera, crops, targets, weights, rest, scene, pixels)


def mouth_times(session: Session, t_ns: NDArray[np.int64]) -> NDArray[np.int64]:
    """The mouth camera's nearest capture time to each of another's, within half a frame.

    Labels belong to the frames they were made of, and the cameras' shutters are not quite in step.
    """
    known = (
        session.times_ns(schema.MOUTH_CAMERA) if schema.MOUTH_CAMERA in session.cameras else t_ns
    )
    if len(known) < 2:
        return t_ns
    after = np.clip(np.searchsorted(known, t_ns), 1, len(known) - 1)
    is_before = t_ns - known[after - 1] < known[after] - t_ns
    near = known[after - is_before]
    return np.where(np.abs(near - t_ns) <= np.median(np.diff(known)) / 2, near, t_ns)


def _without_units(part: _Part) -> _Part:
    """What the exact truth told of rest is kept, and the rest of it forgotten (A3)."""
    scene = replace(
        part.scene,
        fallback_weight=np.zeros_like(part.scene.fallback_weight),
        boxes=np.full_like(part.scene.boxes, np.nan),
    )
    return replace(part, weights=np.zeros_like(part.weights), scene=scene)


def gaze_visibility(targets: Rows, weights: Rows) -> Rows:
    """How much of the gaze an eye crop shows, per output: what a shut lid hides is not taught.

    Args:
        targets: Of the eye network, shape (N, 10), float32.
        weights: Same shape; a lid without a label hides nothing.

    Returns:
        Same shape, in [0.05, 1]; 1 for every output but gaze.
    """
    lid = schema.EYE_OUTPUTS.index("lid_closure")
    is_open = 1 - targets[:, lid] * (weights[:, lid] > 0)
    share = np.ones_like(targets)
    for output in ("gaze_yaw", "gaze_pitch"):
        share[:, schema.EYE_OUTPUTS.index(output)] = np.maximum(is_open, _LEAST_VISIBLE)
    return share


def resting_rows(targets: Rows, weights: Rows, kind: CameraKind) -> NDArray[np.intp]:
    """Which samples show the face at rest: most units labelled, and none of them active.

    Args:
        targets: Of one camera of a session, shape (N, U), float32.
        weights: Same shape; 0 where there is no label.
        kind: Whose outputs they are.
    """
    is_unit = np.array([not gaze for gaze in gaze_outputs(OUTPUTS[kind])])
    targets, is_labelled = targets[:, is_unit], weights[:, is_unit] > 0
    is_quiet = np.where(is_labelled, targets, 0.0).max(axis=1) < _REST_LIMIT
    return np.flatnonzero(is_quiet & (is_labelled.mean(axis=1) > _REST_SHARE))


def _joined(kind: CameraKind, parts: Iterable[_Part], *, unknown_code: int) -> Samples:
    parts = list(parts)
    if not parts:
        raise TrainError(f"sessions: expected {kind} cameras, got none")
    sizes = [len(part.targets) for part in parts]
    samples = Samples(
        kind=kind,
        unknown_code=unknown_code,
        parts=tuple(part.crops.codes for part in parts),
        part_cameras=tuple(part.camera for part in parts),
        neutral_rows=tuple(part.rest for part in parts),
        part=np.repeat(np.arange(len(parts), dtype=np.int32), sizes),
        row=np.concatenate([np.arange(size, dtype=np.int32) for size in sizes]),
        t_ns=np.concatenate([part.crops.t_ns for part in parts]),
        targets=np.concatenate([part.targets for part in parts]),
        weights=np.concatenate([part.weights for part in parts]),
        scene=joined_scenes([part.scene for part in parts]),
        pixels=tuple(part.pixels for part in parts),
    )
    is_labelled: NDArray[np.bool_] = np.any(samples.weights > 0, axis=1)
    if not is_labelled.any():
        raise TrainError(f"{kind}: expected labels for {OUTPUTS[kind]}, got none")
    teaches_scene = [part.pixels is not None for part in parts]
    return _kept(samples, is_labelled | np.repeat(teaches_scene, sizes) | samples.scene.is_known)


def _kept(samples: Samples, chosen: NDArray[np.bool_]) -> Samples:
    return replace(
        samples,
        part=samples.part[chosen],
        row=samples.row[chosen],
        t_ns=samples.t_ns[chosen],
        targets=samples.targets[chosen],
        weights=samples.weights[chosen],
        scene=samples.scene[chosen],
    )
