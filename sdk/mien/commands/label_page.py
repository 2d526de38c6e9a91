"""Shows what the labeller did: from what `train` knows to what `studio` draws."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mien import schema
from mien.capture.session import Session
from mien.studio.label_index import IndexRow, write_index
from mien.studio.label_page import write_label_page
from mien.studio.label_views import CameraView, CurveView, RegionView, SessionView, TakeView
from mien.train.label_blend import mark_of
from mien.train.label_curves import CameraCurves, TakeCurve
from mien.train.label_file import software
from mien.train.label_report import LabelReport
from mien.train.label_run import Pages
from mien.train.labeller import Labelled
from mien.train.labels import SOURCES
from mien.types import Gray8

DIFFERENCE_GAIN: Final = 3.0


def draw_session(session: Session, labelled: Labelled, path: Path, *, key: str) -> None:
    """Write the page of one labelled session."""
    write_label_page(_Viewer(session, labelled).session(), path, key=key)


def write_first_page(pages: Pages, report: LabelReport) -> Path:
    """Write the index of all pages."""
    rows = [
        IndexRow(
            session.session,
            pages.path(session.session).name,
            len(session.takes) - len(session.refused),
            tuple(take.name for take in session.refused),
            session.rows,
        )
        for session in report.sessions
    ]
    return write_index(pages.folder, rows, report.failed)


class _Viewer:
    def __init__(self, session: Session, labelled: Labelled) -> None:
        self._session, self._labelled = session, labelled
        times = [view.t_ns for view in labelled.views.values() if len(view.t_ns)]
        self._first_ns = min((int(t_ns[0]) for t_ns in times), default=0)
        self._last_ns = max((int(t_ns[-1]) for t_ns in times), default=0)

    def session(self) -> SessionView:
        report = self._labelled.report
        about = {
            "wearer": self._session.wearer,
            "source": str(self._session.meta.get("source", "")),
            "labelled by": software(),
            "present and not used:": ", ".join(report.unused),
        }
        return SessionView(
            report.session,
            about,
            (self._last_ns - self._first_ns) * 1e-9,
            report.frames,
            tuple(self._camera(view) for view in self._labelled.cameras),
            tuple(self._takes()),
            tuple(self._curves()),
        )

    def _seconds(self, t_ns: NDArray[np.int64]) -> NDArray[np.float64]:
        seconds: NDArray[np.float64] = (t_ns - self._first_ns).astype(np.float64) * 1e-9
        return seconds

    def _camera(self, view: CameraCurves) -> CameraView:
        crops = self._labelled.views[view.camera].crops
        largest = _largest(view)
        regions = tuple(
            RegionView(
                name,
                template.region,
                template.direction,
                _frame(crops, largest[name], largest[name].take.peak) if name in largest else None,
                largest[name].take.peak_px if name in largest else 0.0,
            )
            for name, template in view.templates.items()
        )
        return CameraView(view.camera, _neutral(view, crops), view.reference, regions)

    def _takes(self) -> Iterator[TakeView]:
        for record, seen in zip(self._labelled.report.takes, self._seen(), strict=True):
            mark, cues = mark_of(seen), seen.segment.cues
            times = (cues[0].start_ns, cues[-1].end_ns, mark.start_ns, mark.peak_ns, mark.end_ns)
            cue_start, cue_end, start, peak, end = self._seconds(np.array(times)).tolist()
            is_lid = schema.UNIT_OF_VALUE[seen.name].name == "lid_closure"
            yield TakeView(
                seen.name,
                seen.camera,
                mark.number,
                (cue_start, cue_end),
                start,
                peak,
                end,
                seen.take.peak_px,
                "closed" if is_lid else "px",
                record.share,
                record.snr,
                record.refusal,
                self._seconds(seen.t_ns),
                np.asarray(seen.curve, np.float64),
                self._frames(seen) if record.refusal else {},
            )

    def _seen(self) -> Iterator[TakeCurve]:
        for view in self._labelled.cameras:
            yield from view.takes

    def _frames(self, seen: TakeCurve) -> Mapping[str, Gray8]:
        crops = self._labelled.views[seen.camera].crops
        rest: Gray8 = crops[seen.segment.rests[0][-1]]
        peak = _frame(crops, seen, seen.take.peak)
        change = 128 + DIFFERENCE_GAIN * (peak.astype(np.float32) - rest)
        return {
            "at rest before it": rest,
            "at its largest": peak,
            "change between the two": np.clip(change, 0, 255).astype(np.uint8),
        }

    def _curves(self) -> Iterator[CurveView]:
        table = self._labelled.table
        for index, name in enumerate(schema.VALUE_NAMES):
            rows = table.where(table.name == index)
            is_cue = rows.source == SOURCES.index("cue")
            if not len(rows) or (is_cue.all() and rows.mask.all() and not rows.value.any()):
                continue
            yield CurveView(
                name,
                self._seconds(rows.t_ns),
                rows.value,
                rows.confidence,
                rows.mask,
                is_cue,
                rows.source == SOURCES.index("spontaneous"),
            )


def _largest(view: CameraCurves) -> Mapping[str, TakeCurve]:
    found: dict[str, TakeCurve] = {}
    for seen in view.takes:
        is_larger = seen.name not in found or seen.take.peak_px > found[seen.name].take.peak_px
        if not seen.take.refusal and is_larger:
            found[seen.name] = seen
    return found


def _frame(crops: NDArray[np.uint8], seen: TakeCurve, frame: int) -> Gray8:
    last = seen.segment.last - seen.segment.first - 1
    picture: Gray8 = crops[seen.segment.first + min(frame, last)]
    return picture


def _neutral(view: CameraCurves, crops: NDArray[np.uint8]) -> Gray8:
    """The face at rest, from the first segment; the first frame where there is none."""
    if view.takes:
        rests = crops[view.takes[0].segment.rests[0]]
        usual: Gray8 = np.median(rests, axis=0).astype(np.uint8)
        return usual
    return crops[0] if len(crops) else np.zeros((1, 1), np.uint8)
