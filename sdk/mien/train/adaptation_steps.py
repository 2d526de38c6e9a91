"""What each step of getting to know a wearer gains, on footage that no step has seen (A14)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np

from mien import metrics, schema
from mien.capture.session import open_session
from mien.runtime.enrolment import EnrolmentReport
from mien.runtime.profile import Profile
from mien.train.adapt import AdaptConfig, Tail
from mien.train.checkpoint import TrainedModel, load_trained
from mien.train.face_values import Said, enrol, face_values
from mien.train.personal import Personal, personalise
from mien.train.samples import exact_truth, interpolated
from mien.train.sights import blind_outputs
from mien.train.targets import Rows, kind_of
from mien.train.wearer import Maps, Wearer, exact_labels, maps_of, meet, metric_labels
from mien.types import Progress, silent

NOTHING: Final = "no neutral"
NEUTRAL: Final = "neutral crop"
RUNNING: Final = "running recalibration"
GAINS: Final = "gain and offset"
BLOCK: Final = "last block"
BOUND: Final = "last block, exact labels"
STEPS: Final = (NOTHING, NEUTRAL, RUNNING, GAINS, BLOCK, BOUND)
"""Each on top of those before it, but for the last: that one is the bound of the one before."""


@dataclass(frozen=True, slots=True)
class WearerSteps:
    """One wearer."""

    session: str
    footage_s: float
    judged_s: float
    truth: Rows
    """Exact values of what judges, shape (N, VALUE_COUNT), a row per instant."""
    got: Mapping[str, Rows]
    """Step -> what was tracked, same shape."""
    told: Mapping[str, Any]
    """How enrolment and fits went, as plain data."""


def wearer_steps(path: Path, base: TrainedModel, config: AdaptConfig) -> WearerSteps:
    """Go through the steps with one session.

    Raises:
        SessionError: If the session cannot be read, or begins with no cue.
        TrainError: If it has no exact truth.
    """
    session = open_session(path)
    wearer = meet(session, base.preprocess, is_judged=True)
    maps = maps_of(base.networks, wearer, preprocess=base.preprocess)
    said = tail_outputs(base, maps)
    enrolment = enrol(wearer, said)
    runs: dict[str, _Run] = {
        NEUTRAL: _Run(said, None, is_adaptive=False),
        RUNNING: _Run(said, None),
        GAINS: _Run(said, enrolment.profile),
    }
    told: dict[str, Any] = {GAINS: _cameras(enrolment)}
    for step, labels in ((BLOCK, metric_labels(session, wearer)), (BOUND, exact_labels(session))):
        personal = personalise(base, wearer, labels, maps=maps, config=config)
        runs[step], told[step] = _fitted(personal, wearer, maps)
    judged = _judged(wearer)
    times, blind = face_values(judged, _blind(base, judged), base, is_adaptive=False)
    got = {NOTHING: blind}
    for step, run in runs.items():
        t_ns, values = face_values(
            wearer, run.said, base, profile=run.profile, is_adaptive=run.is_adaptive
        )
        got[step] = values[t_ns >= wearer.end_ns]
    return WearerSteps(
        session=wearer.name,
        footage_s=(wearer.end_ns - wearer.start_ns) * 1e-9,
        judged_s=float(times[-1] - times[0]) * 1e-9,
        truth=interpolated(exact_truth(session), times),
        got=got,
        told=told,
    )


class _Run(NamedTuple):
    said: Said
    profile: Profile | None
    is_adaptive: bool = True


def _judged(wearer: Wearer) -> Wearer:
    """The same wearer after the footage."""
    sights = {name: one.where(one.t_ns >= wearer.end_ns) for name, one in wearer.sights.items()}
    return replace(wearer, sights=sights)


def _blind(base: TrainedModel, wearer: Wearer) -> Said:
    return {
        camera: blind_outputs(base.networks[kind_of(camera)], sight, base.preprocess)
        for camera, sight in wearer.sights.items()
    }


def tail_outputs(model: TrainedModel, maps: Maps) -> Said:
    """What a model says whose networks differ from the maps' ones in the last block alone."""
    tails = {kind: Tail(network).eval() for kind, network in model.networks.items()}
    return {camera: tails[kind_of(camera)].outputs(coarse) for camera, coarse in maps.items()}


def _fitted(personal: Personal, wearer: Wearer, maps: Maps) -> tuple[_Run, dict[str, Any]]:
    """A personal model's run, its gains and offsets enrolled anew, and how it all went."""
    said = tail_outputs(personal.model, maps)
    enrolment = enrol(wearer, said)
    return _Run(said, enrolment.profile), personal.as_json() | {"enrolled": _cameras(enrolment)}


def _cameras(enrolment: EnrolmentReport) -> dict[str, Any]:
    cameras = enrolment.profile.cameras if enrolment.profile else {}
    return {"cameras": sorted(cameras), "reason": enrolment.reason}


def run_adaptation_study(
    sessions: Sequence[Path],
    run: Path,
    *,
    config: AdaptConfig | None = None,
    progress: Progress = silent,
) -> dict[str, Any]:
    """Steps of several wearers, as plain data.

    Args:
        sessions: Of wearers that the run has not learnt from; with exact truth.
        run: `model.pt` of a run, or the run's folder.
        config: How the last block is fitted; None: the defaults.
        progress: Told of each session.

    Raises:
        SessionError: If a session cannot be read, or begins with no cue.
        TrainError: If the run is none, or a session has no exact truth.
    """
    base, chosen = load_trained(run), config or AdaptConfig()
    wearers = [
        wearer_steps(path, base, chosen)
        for path in progress(sessions, what="adapt", total=len(sessions))
    ]
    truth = np.concatenate([one.truth for one in wearers])
    steps = {}
    for step in STEPS:
        got = np.concatenate([one.got[step] for one in wearers])
        steps[step] = metrics.score(truth, got).as_json() | {"units_mean": unit_scores(truth, got)}
    return {
        "run": run.resolve().name,
        "steps": steps,
        "wearers": [_wearer_json(one) for one in wearers],
    }


def unit_scores(truth: Rows, got: Rows) -> dict[str, dict[str, float]]:
    """Unit -> mean absolute error and r, both sides together, where the truth moves.

    Args:
        truth: Exact values, shape (N, VALUE_COUNT).
        got: Tracked ones, same shape.
    """
    scored = metrics.score(truth, got).units
    found = {}
    for unit in schema.UNITS:
        sides = [scored[name] for name in schema.value_names(unit)]
        moving = [(one.mae, one.r) for one in sides if one.mae is not None and one.r is not None]
        if moving:
            mae, r = np.mean(moving, axis=0).tolist()
            found[unit.name] = {"mae": mae, "r": r}
    return found


def _wearer_json(one: WearerSteps) -> dict[str, Any]:
    scores = {step: metrics.score(one.truth, got) for step, got in one.got.items()}
    return {
        "session": one.session,
        "footage_s": one.footage_s,
        "judged_s": one.judged_s,
        "mae": {step: score.mean_mae for step, score in scores.items()},
        "r": {step: score.mean_r for step, score in scores.items()},
        "told": one.told,
    }
