"""What the detection layer of a model finds in sessions, beside what is exactly there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from mien import schema
from mien.capture.session import Session, open_session
from mien.config import PreprocessConfig
from mien.errors import TrainError
from mien.runtime.unit_boxes import decode_boxes
from mien.train.augment import real_values
from mien.train.box_targets import session_boxes
from mien.train.checkpoint import load_trained
from mien.train.config import TRUTH, LoadConfig
from mien.train.detection_scores import BoxFinds
from mien.train.exact_boxes import BOXES_FILE
from mien.train.network import Encoder
from mien.train.samples import Samples, exact_truth, interpolated, load_samples
from mien.train.targets import KINDS, Rows, kind_of
from mien.types import Progress, silent

_BATCH = 128
_HEAD = "boxes"


def find_boxes(
    run: Path,
    sessions: Sequence[Path],
    *,
    config: LoadConfig | None = None,
    progress: Progress = silent,
) -> list[BoxFinds]:
    """Look for units in sessions that are exactly known.

    Args:
        run: `model.pt`, or the run's folder.
        sessions: Rendered with `--truth boxes`.
        config: Which frames count, and where crops are kept.
        progress: Told of each session read.

    Returns:
        One entry for each session and camera.

    Raises:
        TrainError: If the checkpoint is none, has no detection layer, or a session has no exact
            rectangles.
        SessionError: If a session cannot be read.
    """
    opened = [open_session(path) for path in sessions]
    for session in opened:
        if not (session.path / BOXES_FILE).is_file():
            raise TrainError(
                f"{session.path}: expected exact rectangles, got none; render with --truth boxes"
            )
    model = load_trained(run)
    load = config or LoadConfig()
    load = replace(load, samples=replace(load.samples, preprocess=model.preprocess))
    samples = load_samples(sessions, TRUTH, config=load, progress=progress, what="sessions")
    finds: list[BoxFinds] = []
    for kind in KINDS:
        raw = _raw(model.networks[kind], samples[kind], model.preprocess, run=run)
        seen = [(s, c) for s in opened for c in s.cameras if kind_of(c) == kind]
        for part, (session, camera) in enumerate(seen):
            is_in = samples[kind].part == part
            finds.append(_finds(session, camera, samples[kind].t_ns[is_in], raw=raw[is_in]))
    return finds


def _finds(session: Session, camera: str, t_ns: NDArray[np.int64], *, raw: Rows) -> BoxFinds:
    values = interpolated(exact_truth(session), t_ns)
    is_known = [name not in session.meta.get("missing", ()) for name in schema.VALUE_NAMES]
    weights = np.tile(np.array(is_known, np.float32), (len(t_ns), 1))
    exact = session_boxes(session, camera, t_ns, values=values, weights=weights)
    return BoxFinds(session.path, camera, t_ns, decode_boxes(raw), exact, values)


def _raw(network: Encoder, samples: Samples, preprocess: PreprocessConfig, *, run: Path) -> Rows:
    """Shape (N, C * FIELDS, CELLS)."""
    if _HEAD not in network.heads:
        raise TrainError(f"{run}: expected a model with the head {_HEAD!r}, got none")
    rows, found = np.arange(len(samples)), []
    with torch.inference_mode():
        for start in range(0, len(samples), _BATCH):
            x_BCHW = real_values(samples.pairs(rows[start : start + _BATCH]), preprocess)
            maps = network.maps(x_BCHW.contiguous(memory_format=torch.channels_last))
            found.append(network.heads[_HEAD](maps).numpy())
    return np.concatenate(found)
