"""Whether a folder keeps the session format: every broken rule, with file and row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mien.capture.check_tables import Fault, cover_faults, neighbour_faults, outside_faults
from mien.capture.cues import parse_cues
from mien.capture.problems import Problem, shown
from mien.capture.rig_file import parse_rig
from mien.capture.session import (
    CUES_FILE,
    META_FILE,
    RIG_FILE,
    TRUTH_FILE,
    meta_problems,
    times_file,
    video_file,
)
from mien.capture.streams import absent_streams, stream_files, stream_problems, streams_of
from mien.capture.times import parse_times
from mien.capture.toml_file import parse_toml
from mien.capture.values import parse_values
from mien.capture.video import VIDEO_SUFFIX, count_frames
from mien.errors import SourceError
from mien.types import CameraModel

PROBLEMS_PER_FILE: Final = 20


class _Camera(NamedTuple):
    """What was found of one camera."""

    times: NDArray[np.int64]
    readable: int
    problems: list[Problem]


def check_session(path: Path | str) -> list[Problem]:
    """Every broken rule of a session folder; empty for a good one.

    All frames are decoded. Files are named relative to the folder. Never raises for what is
    on disk; of one file at most `PROBLEMS_PER_FILE` problems are listed, then their number.
    """
    path = Path(path)
    if not (path / META_FILE).is_file():
        rule = f"expected a session folder with {META_FILE}, got none; check the path"
        return [Problem(str(path), None, rule)]
    found = [replace(p, file=_inside(path, p.file)) for p in _problems(path)]
    return list(_capped(found))


def _problems(path: Path) -> Iterator[Problem]:
    meta, unread = parse_toml(path / META_FILE)
    yield from unread or meta_problems(path / META_FILE, meta)
    rig, rig_problems = parse_rig(path / RIG_FILE)
    yield from rig_problems
    is_whole = meta.get("complete") is not False
    look = _whole_camera if is_whole else _cut_camera
    cameras = {name: look(path, name, model) for name, model in rig.items()}
    for camera in cameras.values():
        yield from camera.problems
    times = np.sort(np.concatenate([np.empty(0, np.int64), *(c.times for c in cameras.values())]))
    # What was cut short cannot fit its cues and its truth.
    times = times if is_whole else times[:0]
    yield from _cue_problems(path / CUES_FILE, times)
    yield from _truth_problems(path / TRUTH_FILE, times)
    streams = {} if stream_problems(path, meta) else streams_of(meta)
    yield from absent_streams(path, streams if is_whole else {})
    if not rig_problems:
        yield from _stray_files(path, rig, streams)
        yield from _count_problems(path / META_FILE, meta, cameras)
    if not is_whole:
        yield _incomplete(path / META_FILE, cameras)


def _whole_camera(path: Path, name: str, model: CameraModel) -> _Camera:
    video, times_path = path / video_file(name), path / times_file(name)
    times, problems = parse_times(times_path)
    rows = len(times) + sum(found.row is not None for found in problems)
    try:
        count, size_wh = count_frames(video)
    except SourceError as error:
        problems.append(Problem(str(video), None, str(error).removeprefix(f"{video}: ")))
        return _Camera(times, 0, problems)
    if count == 0:
        problems.append(Problem(str(video), None, "expected at least one frame, got none"))
    problems += _size_problems(video, size_wh, model)
    if times_path.exists() and count != rows:
        rule = f"expected {count} rows, one per frame of {video.name}, got {rows}"
        problems.append(Problem(str(times_path), None, rule))
    return _Camera(times, min(count, len(times)), problems)


def _cut_camera(path: Path, name: str, model: CameraModel) -> _Camera:
    """A camera whose writer was killed: missing pictures and times are no fault of it."""
    video, times_path = path / video_file(name), path / times_file(name)
    if not times_path.exists():
        return _Camera(np.empty(0, np.int64), 0, [])
    times, problems = parse_times(times_path, is_cut_allowed=True)
    try:
        count, size_wh = count_frames(video)
    except SourceError:
        return _Camera(times, 0, problems)
    problems += _size_problems(video, size_wh, model) if count else []
    return _Camera(times, min(count, len(times)), problems)


def _size_problems(video: Path, size_wh: tuple[int, int], model: CameraModel) -> list[Problem]:
    if size_wh == model.size_wh:
        return []
    rule = f"expected {model.width} x {model.height} as in {RIG_FILE}"
    return [Problem(str(video), None, f"{rule}, got {size_wh[0]} x {size_wh[1]}")]


def _cue_problems(path: Path, times_ns: NDArray[np.int64]) -> list[Problem]:
    if not path.exists():
        return []
    cues, problems = parse_cues(path)
    # Rows are counted over good cues: broken ones are told first.
    if problems or not len(times_ns):
        return problems
    return _listed(path, [*outside_faults(cues, times_ns), *neighbour_faults(cues)])


def _truth_problems(path: Path, times_ns: NDArray[np.int64]) -> list[Problem]:
    if not path.exists():
        return []
    table, problems = parse_values(path)
    if problems or not len(times_ns):
        return problems
    return _listed(path, cover_faults(table, times_ns))


def _listed(path: Path, faults: Iterable[Fault]) -> list[Problem]:
    return [Problem(str(path), row, rule) for row, rule in sorted(faults)]


def _stray_files(
    path: Path, rig: Mapping[str, object], streams: Mapping[str, str]
) -> Iterator[Problem]:
    known = {make(name) for name in rig for make in (video_file, times_file)}
    known |= stream_files(streams)
    for found in sorted({*path.glob(f"*{VIDEO_SUFFIX}"), *path.glob("*.times.csv")}):
        if found.name not in known:
            rule = f"expected a camera of {RIG_FILE} ({', '.join(rig)}), got a stray file"
            yield Problem(str(found), None, rule)


def _count_problems(
    path: Path, meta: Mapping[str, Any], cameras: Mapping[str, _Camera]
) -> Iterator[Problem]:
    frames = meta.get("frames", {})
    if not isinstance(frames, dict):
        yield Problem(str(path), None, f"expected a table [frames], got {shown(frames)}")
        return
    for name, told in frames.items():
        count = cameras[name].readable if name in cameras else 0
        if told != count:
            yield Problem(str(path), None, f"expected frames.{name} = {count}, got {shown(told)}")


def _incomplete(path: Path, cameras: Mapping[str, _Camera]) -> Problem:
    readable = ", ".join(
        f"{name} {camera.readable} of {len(camera.times)}" for name, camera in cameras.items()
    )
    rule = "expected complete = true, got false: its writer did not finish"
    remedy = f"readable frames: {readable or 'none'}; open it with incomplete sessions allowed"
    return Problem(str(path), None, f"{rule}; {remedy}")


def _inside(path: Path, file: str) -> str:
    return Path(file).relative_to(path).as_posix()


def _capped(problems: Sequence[Problem]) -> Iterator[Problem]:
    counts: dict[str, int] = {}
    for problem in problems:
        counts[problem.file] = counts.get(problem.file, 0) + 1
        if counts[problem.file] <= PROBLEMS_PER_FILE:
            yield problem
    for file, count in counts.items():
        if count > PROBLEMS_PER_FILE:
            yield Problem(file, None, f"{count - PROBLEMS_PER_FILE} further problems")
