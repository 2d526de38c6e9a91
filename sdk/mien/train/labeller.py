"""Sessions in, label table out: images and cues become graded values (A1-A4, A7-A12).

The truth of a rendered session is never read here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from typing import TypeAlias

import numpy as np

from mien import schema
from mien.capture.cues import Cue
from mien.capture.session import Session, open_session
from mien.config import CROP_SIZE
from mien.errors import TrainError
from mien.train.label_blend import blend, judge_sizes, largest, mark_of
from mien.train.label_config import LabelConfig
from mien.train.label_curves import CameraCurves, measure_camera
from mien.train.label_file import write_labels
from mien.train.label_report import LabelReport, SessionReport, TakeRecord
from mien.train.label_rows import label_rows
from mien.train.label_segments import segments_of
from mien.train.label_tracks import CameraCrops, Follower
from mien.train.labels import SOURCES, LabelTable, join
from mien.vision.preprocess import Preprocessor

Progress: TypeAlias = Callable[[int, int], None]
"""Called with (sessions done, sessions in all)."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """One session, labelled."""

    table: LabelTable
    report: SessionReport
    cameras: tuple[CameraCurves, ...]
    """Regions, directions and curves, for pictures and studies."""


def label_sessions(
    sessions: Sequence[Path],
    out: Path,
    *,
    config: LabelConfig | None = None,
    workers: int = 1,
    progress: Progress | None = None,
) -> LabelReport:
    """Label sessions and write one table; the same images give the same bytes.

    Args:
        sessions: Session folders; their names must differ.
        out: The Parquet file to write.
        config: Settings; None: the defaults.
        workers: Processes, at least 1.
        progress: Called after each session.

    Returns:
        Accepted and refused takes of each session.

    Raises:
        TrainError: If there is no session, or two have one name.
        SessionError: If a session breaks the format.
    """
    names = [path.name for path in sessions]
    if not names or len(set(names)) != len(names):
        raise TrainError(f"sessions: expected one or more with different names, got {names}")
    chosen = config or LabelConfig()
    tables: list[LabelTable] = []
    reports: list[SessionReport] = []
    for table, report in _each(sessions, chosen, workers=workers):
        tables.append(table)
        reports.append(report)
        if progress:
            progress(len(reports), len(names))
    write_labels(join(tables), out, config=chosen)
    return LabelReport(tuple(reports))


def label_session(session: Session, config: LabelConfig | None = None) -> Labelled:
    """Label one session."""
    views = {camera: read_crops(session, camera) for camera in session.cameras}
    return label_crops(session.path.name, views, session.cues(), config=config or LabelConfig())


def read_crops(session: Session, camera: str) -> CameraCrops:
    """All gray crops of one camera, 16 kB each."""
    model = session.rig[camera]
    preprocess = Preprocessor(model, size=CROP_SIZE)
    t_ns = session.times_ns(camera)
    crops = np.empty((len(t_ns), CROP_SIZE, CROP_SIZE), np.uint8)
    for at, frame in enumerate(session.frames(camera)):
        preprocess.run(frame.gray, out_gray=crops[at])
    return CameraCrops(model, t_ns, crops)


def label_crops(
    name: str, views: Mapping[str, CameraCrops], cues: Sequence[Cue], *, config: LabelConfig
) -> Labelled:
    """Label crops that are in memory.

    Args:
        name: Of the session, as it will stand in the table.
        views: Camera name -> its crops.
        cues: In time order.
        config: Settings.
    """
    cameras = [
        _judged(_measure(camera, views[camera], cues, config=config), config)
        for camera in schema.CAMERAS
        if camera in views
    ]
    curves = blend(cameras, config)
    table = _named(label_rows(cues, cameras, curves, config=config), name)
    frames = sum(len(view.t_ns) for view in views.values())
    rows = int((table.usable().source == SOURCES.index("metric")).sum())
    report = SessionReport(name, frames, rows, tuple(_records(name, cameras)))
    return Labelled(table, report, tuple(cameras))


def _each(
    sessions: Sequence[Path], config: LabelConfig, *, workers: int
) -> Iterator[tuple[LabelTable, SessionReport]]:
    if workers <= 1 or len(sessions) == 1:
        for path in sessions:
            yield _one(path, config)
        return
    # Spawn: a forked child may inherit a lock that a thread of this process holds.
    with ProcessPoolExecutor(min(workers, len(sessions)), mp_context=get_context("spawn")) as pool:
        yield from pool.map(_one, sessions, [config] * len(sessions))


def _one(path: Path, config: LabelConfig) -> tuple[LabelTable, SessionReport]:
    labelled = label_session(open_session(path), config)
    return labelled.table, labelled.report


def _measure(
    camera: str, view: CameraCrops, cues: Sequence[Cue], *, config: LabelConfig
) -> CameraCurves:
    segments = segments_of(view.t_ns, cues, anchor_s=config.anchor_s)
    follower = Follower(CROP_SIZE, config)
    tracks = [follower.follow(view.crops, segment) for segment in segments]
    return measure_camera(camera, view, tracks, cues=cues, config=config)


def _judged(view: CameraCurves, config: LabelConfig) -> CameraCurves:
    return replace(view, takes=tuple(judge_sizes(view.takes, config)))


def _named(table: LabelTable, name: str) -> LabelTable:
    return replace(table, sessions=(name,))


def _records(session: str, cameras: Sequence[CameraCurves]) -> Iterator[TakeRecord]:
    for view in cameras:
        largest_px = largest(view.takes)
        for seen in view.takes:
            mark, peak_px = mark_of(seen), seen.take.peak_px
            top_px = largest_px.get((seen.name, view.camera), 0.0)
            yield TakeRecord(
                session,
                mark.number,
                seen.name,
                view.camera,
                start_ns=mark.start_ns,
                peak_ns=mark.peak_ns,
                end_ns=mark.end_ns,
                peak_px=peak_px,
                share=peak_px / top_px if top_px else 0.0,
                snr=seen.take.snr,
                refusal=mark.refusal,
            )
