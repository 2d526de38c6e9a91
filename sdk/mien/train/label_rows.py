"""From curves and cues to rows: what is measured, what is at rest, and what is masked (A12)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from mien import schema
from mien.capture.cues import Cue
from mien.train.label_blend import ValueCurve
from mien.train.label_config import LabelConfig
from mien.train.label_curves import CameraCurves
from mien.train.label_gaze import targets_at
from mien.train.label_rules import LIDS, companions_of, values_of, values_seen_by
from mien.train.labels import NO_TAKE, SOURCES, LabelTable, TakeMark, join, rows_of

Times: TypeAlias = NDArray[np.int64]
Spans: TypeAlias = list[tuple[int, int]]
"""Half-open stretches of time, nanoseconds."""

UNKNOWN: Final = 0
"""No row."""
REST: Final = 1
METRIC: Final = 2
REFUSED: Final = 3
"""Its take is not to be used: a masked row that says why."""
HIDDEN: Final = 4
"""A blink hides it: a masked row."""
STEP: Final = 1 / 128
"""Confidence is told in such steps, rounded down, so that its column packs well."""
GAZE_CONFIDENCE: Final = 0.5
"""Of gaze that the picture tells, against a target that is looked at."""
BLINK: Final = "hidden by a blink"
DOUBT: Final = "low confidence"


@dataclass(slots=True)
class _Column:
    """One value over the frames of the cameras that see it."""

    t_ns: Times
    state: NDArray[np.int8]
    value: NDArray[np.float64]
    confidence: NDArray[np.float64]
    source: NDArray[np.int8]
    """Index into `SOURCES`."""
    mark: NDArray[np.int32]
    """Index into `marks`."""
    marks: list[TakeMark]

    def over(self, start_ns: int, end_ns: int) -> slice:
        first, last = np.searchsorted(self.t_ns, (start_ns, end_ns))
        return slice(int(first), int(last))


def label_rows(
    cues: Sequence[Cue],
    cameras: Sequence[CameraCurves],
    curves: Sequence[ValueCurve],
    *,
    config: LabelConfig,
) -> LabelTable:
    """All labels of one session.

    Args:
        cues: In time order.
        cameras: What each camera saw.
        curves: Accepted takes in shares of the session's largest.
        config: Settling time and least confidence.
    """
    times = {view.camera: view.t_ns for view in cameras}
    lids = {view.eye.lids[0].name: _lid_share(view) for view in cameras if view.eye.lids}
    blinks = _blink_spans(list(lids.values()))
    columns = {name: _column(name, times) for name in schema.WEIGHT_NAMES if _seen(name, times)}
    for name, column in columns.items():
        _rest(name, column, cues)
    for curve in curves:
        _measure(curve, columns, cues)
    for name in schema.value_names(schema.UNIT_BY_NAME["lid_closure"]):
        if name in columns:
            _lid(columns[name], lids.get(name))
    if config.has_blink_bridging:
        _bridge(columns, blinks)
    tables = [rows for name in columns for rows in _rows(name, columns[name], config)]
    for view in cameras:
        if view.camera in schema.EYE_CAMERAS:
            tables += _gaze_rows(view, cues, blinks, config=config)
    return join(tables)


def _seen(name: str, times: Mapping[str, Times]) -> bool:
    return any(name in values_seen_by(camera) for camera in times)


def _column(name: str, times: Mapping[str, Times]) -> _Column:
    seen = [t_ns for camera, t_ns in times.items() if name in values_seen_by(camera)]
    t_ns = np.unique(np.concatenate(seen))
    count = len(t_ns)
    return _Column(
        t_ns,
        np.zeros(count, np.int8),
        np.zeros(count),
        np.ones(count),
        np.full(count, SOURCES.index("metric"), np.int8),
        np.zeros(count, np.int32),
        [NO_TAKE],
    )


def _rest(name: str, column: _Column, cues: Sequence[Cue]) -> None:
    """0 where the cue says rest or asks for something unrelated; the others stay masked."""
    unit = schema.UNIT_OF_VALUE[name]
    for cue in cues:
        is_asked = name in values_of(cue) or name in companions_of(cue)
        is_lid_free = unit.name in LIDS[1:] and cue.kind == "gaze"  # lids follow the eye
        if unit.name == "lid_closure" and _asks_the_eye(cue):
            continue  # the appearance of the lids is then not theirs alone
        if cue.kind != "spontaneous" and not is_asked and not is_lid_free:
            column.state[column.over(cue.start_ns, cue.end_ns)] = REST


def _asks_the_eye(cue: Cue) -> bool:
    return any("eye" in schema.UNIT_OF_VALUE[name].cameras for name in values_of(cue))


def _measure(curve: ValueCurve, columns: Mapping[str, _Column], cues: Sequence[Cue]) -> None:
    """The metric over its take; its companions are masked for as long as it really moved."""
    column = columns[curve.name]
    span = column.over(curve.first_ns, curve.last_ns)
    at = column.t_ns[span]
    column.value[span] = np.clip(np.interp(at, curve.t_ns, curve.share), 0, 1)
    column.confidence[span] = np.interp(at, curve.t_ns, curve.confidence)
    column.source[span] = SOURCES.index(curve.source)
    column.mark[span] = len(column.marks)
    column.marks.append(curve.mark)
    column.state[span] = REFUSED if curve.mark.refusal else METRIC
    if not curve.mark.refusal:
        _mask_companions(curve, columns, cues)


def _mask_companions(
    curve: ValueCurve, columns: Mapping[str, _Column], cues: Sequence[Cue]
) -> None:
    for cue in cues:
        is_inside = cue.start_ns >= curve.first_ns and cue.end_ns <= curve.last_ns
        if is_inside and curve.name in values_of(cue):
            for name in companions_of(cue) & columns.keys():
                other = columns[name]
                other.state[other.over(curve.first_ns, curve.last_ns)] = UNKNOWN


@dataclass(frozen=True, slots=True)
class _LidShare:
    """Lid closure of one eye over the session, 1 = the largest take of it."""

    t_ns: Times
    share: NDArray[np.float64]
    """NaN where it is not known."""
    confidence: float
    is_blink: NDArray[np.bool_]


def _lid_share(view: CameraCurves) -> _LidShare:
    """One curve from those of the segments; the later one wins where two meet."""
    own = [seen.take for seen in view.takes if seen.name == view.eye.lids[0].name]
    accepted = [take for take in own if not take.refusal]
    top = max((take.peak_px for take in accepted), default=1.0)
    snr = float(np.median([take.snr for take in accepted])) if accepted else 1.0
    share = np.full(len(view.t_ns), np.nan)
    is_blink = np.zeros(len(view.t_ns), np.bool_)
    for lid in view.eye.lids:
        span = slice(lid.segment.first, lid.segment.last)
        share[span] = lid.closure / top
        is_blink[span] |= lid.is_blink
    return _LidShare(view.t_ns, share, float(np.clip(1 - 1 / snr, 0, 1)), is_blink)


def _blink_spans(lids: Sequence[_LidShare]) -> Spans:
    """Stretches in which either eye blinks; they overlap."""
    half_ns = 20_000_000  # so that frames of the other cameras in between belong to it
    return [(int(t) - half_ns, int(t) + half_ns) for lid in lids for t in lid.t_ns[lid.is_blink]]


def _lid(column: _Column, lid: _LidShare | None) -> None:
    """Spontaneous blinks: a shut lid labelled 0 would teach the network the opposite."""
    at_rest = column.state == REST
    if lid is None or not np.isfinite(lid.share).any():
        column.state[at_rest] = UNKNOWN
        return
    at = np.minimum(np.searchsorted(lid.t_ns, column.t_ns), len(lid.t_ns) - 1)
    share = lid.share[at]
    is_known = np.isfinite(share)
    measured = at_rest & is_known
    column.value[measured] = np.clip(share[measured], 0, 1)
    column.confidence[measured] = lid.confidence
    column.state[measured] = METRIC
    column.state[at_rest & ~is_known] = UNKNOWN


def _bridge(columns: Mapping[str, _Column], blinks: Spans) -> None:
    """No label for what a blink moves or hides around the eye (A11)."""
    for name, column in columns.items():
        unit = schema.UNIT_OF_VALUE[name]
        if "eye" not in unit.cameras or unit.name == "lid_closure":
            continue
        for start_ns, end_ns in blinks:
            span = column.over(start_ns, end_ns)
            state = column.state[span]
            if unit.name in LIDS:
                state[state == REST] = UNKNOWN
            state[state == METRIC] = HIDDEN


def _rows(name: str, column: _Column, config: LabelConfig) -> Iterator[LabelTable]:
    """Rest, and each take by what may be used of it and what may not, and why."""
    rest = column.state == REST
    yield rows_of(name, column.t_ns[rest], 0.0, source="cue")
    confidence = np.floor(column.confidence / STEP) * STEP
    is_doubted = (column.state == METRIC) & (confidence < config.min_confidence)
    reasons = (
        (column.state == METRIC) & ~is_doubted,
        is_doubted,
        column.state == HIDDEN,
        column.state == REFUSED,
    )
    for number, mark in enumerate(column.marks):
        for chosen, refusal in zip(reasons, ("", DOUBT, BLINK, mark.refusal), strict=True):
            for source in SOURCES:
                picked = chosen & (column.mark == number) & (column.source == SOURCES.index(source))
                if picked.any():
                    yield rows_of(
                        name,
                        column.t_ns[picked],
                        column.value[picked],
                        source=source,
                        confidence=confidence[picked],
                        mark=replace(mark, refusal=refusal),
                    )


def _gaze_rows(
    view: CameraCurves, cues: Sequence[Cue], blinks: Spans, *, config: LabelConfig
) -> list[LabelTable]:
    """The target where it stands still and has been reached; elsewhere what the picture says."""
    side = view.camera.rpartition("_")[2]
    fixed, target = _fixations(view, cues, blinks, config=config)
    tables = []
    for axis, word in enumerate(("yaw", "pitch")):
        name = f"gaze_{word}_{side}"
        tables.append(rows_of(name, view.t_ns[fixed], target[fixed, axis], source="cue"))
        if view.eye.gaze is not None:
            is_free = ~np.isin(view.eye.gaze.t_ns, view.t_ns[fixed])
            times, angle = view.eye.gaze.t_ns[is_free], view.eye.gaze.angle_rad[is_free, axis]
            angle = np.clip(angle, -schema.GAZE_MAX_RAD, schema.GAZE_MAX_RAD)
            tables.append(rows_of(name, times, angle, source="metric", confidence=GAZE_CONFIDENCE))
    return tables


def _fixations(
    view: CameraCurves, cues: Sequence[Cue], blinks: Spans, *, config: LabelConfig
) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Frames in which an open eye rests on a target, shape (N,), and the targets, (N, 2)."""
    t_ns = view.t_ns
    settle_ns = round(config.settle_s * 1e9)
    is_fixed = np.zeros(len(t_ns), np.bool_)
    for cue in cues:
        if cue.kind == "gaze":
            is_fixed |= (t_ns >= cue.start_ns + settle_ns) & (t_ns < cue.end_ns)
    for start_ns, end_ns in blinks:
        is_fixed &= ~((t_ns >= start_ns) & (t_ns < end_ns))
    return is_fixed, targets_at(cues, t_ns)
