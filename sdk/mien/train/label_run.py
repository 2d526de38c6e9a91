"""Many sessions in, one label table out: on all cores or a cluster, and again after a stop.

The table depends on the sessions, the settings and the software alone: not on the order of the
arguments, on the number of workers, or on whether an earlier run was killed.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import NamedTuple, Protocol, TypeAlias

from mien.capture.session import Session, open_session
from mien.errors import MienError, TrainError
from mien.jobs import Step, finished
from mien.train.label_config import LabelConfig
from mien.train.label_file import read_labels, write_sessions
from mien.train.label_parts import (
    is_part,
    part_path,
    parts_folder,
    read_report,
    session_key,
    write_part,
)
from mien.train.label_regions import read_regions, regions_text
from mien.train.label_report import LabelReport
from mien.train.labeller import Labelled, label_session

Progress: TypeAlias = Callable[[str, int, int], None]
"""Called with what is counted, "sessions" or "cameras", how many are done, and of how many."""

_log = logging.getLogger("mien")


class Draw(Protocol):
    """Writes the page of a session."""

    def __call__(self, session: Session, labelled: Labelled, path: Path, *, key: str) -> None:
        """Write the page to `path`; it must contain `key`, which says what it shows."""
        ...


@dataclass(frozen=True, slots=True)
class Pages:
    """Where a page per session goes, and what writes it."""

    folder: Path
    draw: Draw
    """A function of a module."""

    def path(self, session: str) -> Path:
        """The page of a session."""
        return self.folder / f"{session}.html"


class _Job(NamedTuple):
    path: Path
    parts: Path
    config: LabelConfig
    pages: Pages | None


class _Outcome(NamedTuple):
    name: str
    part: Path | None
    failure: str


def label_sessions(
    sessions: Sequence[Path],
    out: Path,
    *,
    config: LabelConfig | None = None,
    workers: int = 1,
    ray_address: str | None = None,
    pages: Pages | None = None,
    progress: Progress | None = None,
) -> LabelReport:
    """Label sessions and write one table; the same images give the same bytes.

    A session that cannot be labelled is named in the report, and the others are labelled all
    the same. What a killed run has finished is taken from the folder `<out>.parts`, which goes
    when every session is labelled.

    Args:
        sessions: Session folders; their names must differ.
        out: The Parquet file to write.
        config: Settings; None: the defaults.
        workers: Processes, at least 1.
        ray_address: Label on this Ray cluster instead ("auto": the running one, "local": one
            started here with `workers` workers); it must see all paths.
        pages: Also write a page per session.
        progress: Told of each camera and each session.

    Returns:
        Accepted and refused takes of each session, and the sessions that failed.

    Raises:
        TrainError: If there is no session, two have one name, or none can be labelled.
        ConfigError: If Ray is asked for and not installed.
        MienError: If a worker dies.
    """
    names = [path.name for path in sessions]
    if not names or len(set(names)) != len(names):
        raise TrainError(f"sessions: expected one or more with different names, got {names}")
    chosen, parts = config or LabelConfig(), parts_folder(out)
    jobs = [_Job(path, parts, chosen, pages) for path in sessions]
    meter = _Meter({path.name: _camera_count(path) for path in sessions}, progress)
    outcomes: dict[str, _Outcome] = {}
    for outcome in finished(
        _run, jobs, workers=workers, ray_address=ray_address, on_step=meter.on_camera
    ):
        outcomes[outcome.name] = outcome
        meter.on_session(outcome.name)
    return _gather([outcomes[name] for name in names], out, chosen)


def _gather(outcomes: Sequence[_Outcome], out: Path, config: LabelConfig) -> LabelReport:
    failed = {outcome.name: outcome.failure for outcome in outcomes if outcome.part is None}
    made = {outcome.name: outcome.part for outcome in outcomes if outcome.part is not None}
    if not made:
        name, failure = next(iter(failed.items()))
        raise TrainError(f"sessions: expected some that can be labelled; {name}: {failure}")
    regions = {name: boxes for part in made.values() for name, boxes in read_regions(part).items()}
    write_sessions(
        (read_labels(made[name]) for name in sorted(made)),
        out,
        config=config,
        more=regions_text(regions),
    )
    report = LabelReport(tuple(map(read_report, made.values())), failed)
    if not failed:
        shutil.rmtree(parts_folder(out))
    return report


def _run(job: _Job, step: Step) -> _Outcome:
    """Label one session, unless that is done; what goes wrong is told, for others must go on."""
    name = job.path.name
    try:
        return _Outcome(name, _part(job, step), "")
    except (MienError, OSError) as error:
        return _Outcome(name, None, str(error))
    except Exception as error:  # noqa: BLE001 - one session must not end the run
        _log.exception("%s", job.path)
        return _Outcome(name, None, f"expected to label it, got {type(error).__name__}: {error}")


def _part(job: _Job, step: Step) -> Path:
    key = session_key(job.path, job.config)
    part = part_path(job.parts, job.path, key)
    page = job.pages.path(job.path.name) if job.pages else None
    if is_part(part) and (page is None or _is_page(page, key)):
        return part
    session = open_session(job.path)
    labelled = label_session(session, job.config, step=partial(_tell, step, job.path.name))
    if job.pages and page:
        page.parent.mkdir(parents=True, exist_ok=True)
        job.pages.draw(session, labelled, page, key=key)
    write_part(part, labelled, config=job.config)
    return part


def _tell(step: Step, name: str, _camera: str) -> None:
    step(name)


def _is_page(page: Path, key: str) -> bool:
    return page.exists() and key in page.read_text(encoding="utf-8")


def _camera_count(path: Path) -> int:
    """Cameras of a session; 1 where it cannot be told, which is reported later."""
    try:
        return len(open_session(path).cameras)
    except (MienError, OSError):
        return 1


@dataclass(slots=True)
class _Meter:
    """Counts cameras and sessions that are done."""

    cameras: Mapping[str, int]
    progress: Progress | None
    seen: dict[str, int] = field(default_factory=dict)
    sessions: int = 0

    def on_camera(self, name: str) -> None:
        self.seen[name] = min(self.seen.get(name, 0) + 1, self.cameras[name])
        self._tell()

    def on_session(self, name: str) -> None:
        self.seen[name] = self.cameras[name]
        self.sessions += 1
        self._tell()

    def _tell(self) -> None:
        if self.progress:
            self.progress("sessions", self.sessions, len(self.cameras))
            self.progress("cameras", sum(self.seen.values()), sum(self.cameras.values()))
