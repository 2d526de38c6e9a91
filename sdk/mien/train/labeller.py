"""A session in, its labels out: images and cues become graded values (A1-A4, A7-A12).

The truth of a rendered session is never read here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from mien import schema
from mien.capture.cues import Cue
from mien.capture.session import Session
from mien.config import CROP_SIZE
from mien.jobs import Step, no_step
from mien.train.label_blend import blend, judge_sizes, largest, mark_of
from mien.train.label_config import LabelConfig
from mien.train.label_curves import CameraCurves, measure_camera
from mien.train.label_face import judge_rests, vouched
from mien.train.label_mixtures import read_mixtures
from mien.train.label_report import SessionReport, TakeRecord
from mien.train.label_rows import label_rows
from mien.train.label_segments import segments_of
from mien.train.label_tracks import CameraCrops, Follower
from mien.train.labels import SOURCES, LabelTable
from mien.vision.preprocess import Preprocessor


@dataclass(frozen=True, slots=True)
class Labelled:
    """One session, labelled."""

    table: LabelTable
    report: SessionReport
    cameras: tuple[CameraCurves, ...]
    """Regions, directions and curves, for pictures and studies."""
    views: Mapping[str, CameraCrops]
    """Camera name -> its crops."""


def label_session(
    session: Session, config: LabelConfig | None = None, *, step: Step = no_step
) -> Labelled:
    """Label one session.

    Args:
        session: Its truth is not read.
        config: Settings; None: the defaults.
        step: Told the name of each camera when it is measured.

    Raises:
        SessionError: If the session breaks the format.
    """
    views = {camera: read_crops(session, camera) for camera in session.cameras}
    chosen = config or LabelConfig()
    labelled = label_crops(session.path.name, views, session.cues(), config=chosen, step=step)
    report = replace(labelled.report, unused=tuple(session.streams))
    return replace(labelled, report=report)


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
    name: str,
    views: Mapping[str, CameraCrops],
    cues: Sequence[Cue],
    *,
    config: LabelConfig,
    step: Step = no_step,
) -> Labelled:
    """Label crops that are in memory.

    Args:
        name: Of the session, as it will stand in the table.
        views: Camera name -> its crops.
        cues: In time order.
        config: Settings.
        step: Told the name of each camera when it is measured.
    """
    cameras = []
    for camera in (camera for camera in schema.CAMERAS if camera in views):
        cameras.append(_measure(camera, views[camera], cues, config=config))
        step(camera)
    curves = blend(cameras, config)
    table = _named(vouched(label_rows(cues, cameras, curves, config=config), cameras), name)
    frames = sum(len(view.t_ns) for view in views.values())
    rows = int((table.usable().source == SOURCES.index("metric")).sum())
    report = SessionReport(name, frames, rows, tuple(_records(name, cameras)))
    return Labelled(table, report, tuple(cameras), views)


def _measure(
    camera: str, view: CameraCrops, cues: Sequence[Cue], *, config: LabelConfig
) -> CameraCurves:
    segments = segments_of(view.t_ns, cues, anchor_s=config.anchor_s)
    follower = Follower(CROP_SIZE, config)
    tracks = [follower.follow(view.crops, segment) for segment in segments]
    found = measure_camera(camera, view, tracks, cues=cues, config=config)
    takes = tuple(judge_sizes(judge_rests(found.takes, tracks, config), config))
    mixtures = read_mixtures(
        camera,
        view.t_ns,
        tracks,
        templates=found.templates,
        largest_px={name: px for (name, _), px in largest(takes).items()},
        reference=found.reference,
    )
    return replace(found, takes=takes, mixtures=mixtures)


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
