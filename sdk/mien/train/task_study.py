"""Trains one network under every rule for the task weights, at equal compute (B9).

The measuring half of `mien study tasks`; `mien.study.task_page` writes what it finds.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch

from mien.config import require
from mien.errors import ConfigError
from mien.schema import CameraKind
from mien.train.config import TrainConfig
from mien.train.distribute import Place
from mien.train.judging import Judge
from mien.train.learner import Learner
from mien.train.samples import Samples, load_samples
from mien.train.task_weights.config import StaticWeights, TaskConfig
from mien.train.task_weights.cost import extra_share
from mien.train.task_weights.curve import write_curves
from mien.train.task_weights.reinforce import LEARNT
from mien.train.trials import Trials
from mien.train.validate import predict, score_outputs
from mien.types import Progress, silent

RUNS_FILE: Final = "runs.json"
CURVE_FOLDER: Final = "curves"
_SHOWN: Final = 200
"""Points of a curve that the report keeps."""

Run = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskStudy:
    """What to compare on."""

    train: TrainConfig
    """Settings of every run; `epochs` are those of uniform weights, `out` is the study's folder,
    and which rule it is is the study's own matter."""
    judge_sessions: tuple[Path, ...] = ()
    """Sessions that the result is read from; empty: the validation sessions, which the
    meta-network and the search have seen already."""
    judge_scenes: tuple[Path, ...] = ()
    """The same for what `scenes` teach."""
    kinds: tuple[CameraKind, ...] = ("eye", "mouth")
    seeds: int = 3
    """Runs of every rule, 1..100."""
    samples: int = 0
    """Most training and most judged samples, spread evenly over all, 0..1e9; 0: all."""

    def __post_init__(self) -> None:
        require("seeds", self.seeds, 1, 100)
        require("samples", self.samples, 0, 1e9)
        seen = {*self.train.sessions, *self.train.validation_sessions}
        if shared := seen & {*self.judge_sessions}:
            raise ConfigError(
                "judge_sessions: expected none of sessions and validation_sessions, "
                f"got {sorted(shared)}"
            )


def run_task_study(study: TaskStudy, progress: Progress = silent) -> dict[str, Any]:
    """Train under every rule with every seed.

    A study that stopped goes on where it was: finished runs lie in `runs.json` in its folder.

    Args:
        study: What to compare on.
        progress: Told of sessions read and batches.

    Returns:
        `kinds`: by kind of camera `about`, what the page says of it, and `arms`, a `name` and its
        `runs` each, the first being uniform.

    Raises:
        SessionError: If a session cannot be read.
        TrainError: If there are no labels, or a loss is not finite.
    """
    config, threads = study.train, torch.get_num_threads()
    own = _loaded(study, config.sessions, config.scenes, progress=progress)
    validation = _loaded(
        study, config.validation_sessions, config.validation_scenes, progress=progress
    )
    judged = validation
    if study.judge_sessions:
        judged = _loaded(study, study.judge_sessions, study.judge_scenes, progress=progress)
    torch.set_num_threads(config.threads)
    try:
        benches = {
            kind: _Bench(study, own[kind], validation[kind], judged=judged[kind], progress=progress)
            for kind in study.kinds
        }
        return {"kinds": {kind: bench.told() for kind, bench in benches.items()}}
    finally:
        torch.set_num_threads(threads)


def _loaded(
    study: TaskStudy,
    sessions: tuple[Path, ...],
    scenes: tuple[Path, ...],
    *,
    progress: Progress,
) -> dict[CameraKind, Samples]:
    config = study.train
    is_own = sessions == config.sessions
    labels = config.labels if is_own else config.validation_labels or config.labels
    found = load_samples(
        sessions, labels, config=config, progress=progress, what="sessions", scenes=scenes
    )
    return {kind: thinned(samples, study.samples) for kind, samples in found.items()}


def thinned(samples: Samples, most: int) -> Samples:
    """At most so many samples, spread evenly over all; 0: all of them."""
    if not 0 < most < len(samples):
        return samples
    rows = np.linspace(0, len(samples) - 1, most).astype(np.intp)
    names = ("part", "row", "t_ns", "targets", "weights", "scene")
    return replace(samples, **{name: getattr(samples, name)[rows] for name in names})


def static_candidates(first: Mapping[str, float | None]) -> dict[str, StaticWeights]:
    """The weightings that the best static one is searched among.

    Args:
        first: Loss of each task in the first step, None where unknown.
    """
    known = {task: loss for task, loss in first.items() if loss}
    inverse = {task: min(1000.0, 1 / loss) for task, loss in known.items()}
    return {
        "inverse of the first loss": StaticWeights(**inverse),
        "its square root": StaticWeights(**{task: w**0.5 for task, w in inverse.items()}),
        "units four times": StaticWeights(units=4.0),
    }


def mean_log_ratio(losses: Mapping[str, float | None], base: Mapping[str, float | None]) -> float:
    """Mean over the tasks known in both of `log(loss / base)`; a learnt loss is `LEARNT`."""
    pairs = [(losses[task], loss) for task, loss in base.items()]
    ratios = [
        math.log(max(mine, LEARNT) / max(loss, LEARNT))
        for mine, loss in pairs
        if mine is not None and loss is not None
    ]
    return sum(ratios) / len(ratios)


class _Bench:
    """Trains and judges the network of one kind of camera."""

    def __init__(
        self,
        study: TaskStudy,
        own: Samples,
        validation: Samples,
        *,
        judged: Samples,
        progress: Progress,
    ) -> None:
        self._study, self._config = study, study.train
        self._own, self._validation, self._judged = own, validation, judged
        self._judges = {
            "losses": Judge(judged, count=len(judged)),
            "chosen_by": Judge(validation, count=len(validation)),
        }
        self._progress = progress
        self._seeds = [study.train.seed + n for n in range(study.seeds)]

    def told(self) -> dict[str, Any]:
        """What the report holds of this kind of camera."""
        tasks, base = self._config.tasks, self._arm("uniform", TaskConfig())
        found = self._search(base["runs"][0])
        arms = [base, self._arm("static", replace(tasks, policy="static", static=found))]
        arms += [
            self._arm(policy, replace(tasks, policy=policy))
            for policy in ("uncertainty", "gradnorm", "meta")
        ]
        arms.append({"name": "replay", "runs": [self._replayed(run) for run in arms[-1]["runs"]]})
        return {"about": self._about(base["runs"][0], found), "arms": arms}

    def _about(self, first: Run, found: StaticWeights) -> dict[str, Any]:
        is_same = self._judged is self._validation
        return {
            "samples": len(self._own),
            "judged": len(self._judged),
            "tasks": len(first["losses"]),
            "seeds": ", ".join(map(str, self._seeds)),
            "budget": first["steps"],
            "searched": len(static_candidates(first["first"])),
            "first": self._seeds[0],
            "learnt": LEARNT,
            "same": ", on the same samples" if is_same else ", on other wearers' samples",
            "static": {task: getattr(found, task) for task in first["losses"]},
        }

    def _arm(self, name: str, tasks: TaskConfig) -> dict[str, Any]:
        return {"name": name, "runs": [self._run(name, tasks, seed=seed) for seed in self._seeds]}

    def _search(self, base: Run) -> StaticWeights:
        """The candidate with the least log loss on the validation samples, with the first seed."""
        found: dict[str, tuple[float, StaticWeights]] = {}
        for name, static in static_candidates(base["first"]).items():
            tasks = replace(self._config.tasks, policy="static", static=static)
            run = self._run(name, tasks, seed=self._seeds[0])
            found[name] = (mean_log_ratio(run["chosen_by"], base["chosen_by"]), static)
        return min(found.values(), key=lambda one: one[0])[1]

    def _replayed(self, meta: Run) -> Run:
        """A run with all the steps and the meta-network's curve, stretched over them."""
        epochs, steps = self._config.epochs, meta["steps"] // meta["epochs"]
        folder = self._study.train.out / CURVE_FOLDER
        path = folder / f"{self._own.kind}_stretched_{meta['seed']}.jsonl"
        lines = map(json.loads, (folder / meta["file"]).read_text("utf-8").splitlines())
        share = epochs * steps / meta["steps"]
        stretched = [line | {"step": round(line["step"] * share)} for line in lines]
        path.write_text("".join(json.dumps(line) + "\n" for line in stretched), "utf-8")
        tasks = replace(self._config.tasks, policy="replay", replay=str(path))
        return self._run("replay", tasks, seed=meta["seed"])

    def _run(self, name: str, tasks: TaskConfig, *, seed: int) -> Run:
        """A run, unless it was done before."""
        config = replace(self._config, tasks=tasks, seed=seed)
        kept, path = {}, self._study.train.out / RUNS_FILE
        if path.is_file():
            kept = json.loads(path.read_text(encoding="utf-8"))
        about = (self._own.kind, name, asdict(config), self._study.samples)
        key = hashlib.sha256(repr(about).encode()).hexdigest()
        if key not in kept:
            kept[key] = self._trained(name, config)
            path.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
        found: Run = kept[key]
        return found

    def _trained(self, name: str, config: TrainConfig) -> Run:
        learner = Learner(self._own, config, Place(device=torch.device("cpu")))
        tasks, batch = learner.weigher.curve.tasks, config.batch
        extra = extra_share(config.tasks, tasks=len(tasks), batch=batch)
        epochs = max(1, round(config.epochs / (1 + extra)))
        if epochs != config.epochs:
            learner = Learner(self._own, replace(config, epochs=epochs), learner.place)
        self._train(learner, epochs)
        return {
            "seed": config.seed,
            "epochs": epochs,
            "steps": learner.done,
            "extra_steps": learner.weigher.policy.extra_steps,
            **self._scores(learner),
            **self._curve(learner, f"{self._own.kind}_{name}_{config.seed}".replace(" ", "_")),
        }

    def _train(self, learner: Learner, epochs: int) -> None:
        trials = Trials(learner, self._validation)
        while learner.epoch < epochs:
            learner.run_epoch(self._progress, lambda: None, lambda: learner.weigher.plan(trials))
            learner.finish_epoch()
        # The average is what ships.
        learner.network.load_state_dict(learner.average.state_dict())

    def _scores(self, learner: Learner) -> Run:
        tasks, preprocess = learner.weigher.curve.tasks, learner.config.samples.preprocess
        losses = {
            name: dict(zip(tasks, map(_known, judge.losses(learner).tolist()), strict=True))
            for name, judge in self._judges.items()
        }
        outputs = predict(learner.network, self._judged, preprocess)
        scores = score_outputs(outputs, self._judged)
        return {**losses, "mean_r": scores.mean_r, "mean_mae": scores.mean_mae}

    def _curve(self, learner: Learner, name: str) -> Run:
        folder = self._study.train.out / CURVE_FOLDER
        folder.mkdir(parents=True, exist_ok=True)
        curve = learner.weigher.curve
        path = write_curves(folder / f"{name}.jsonl", {self._own.kind: curve})
        entries = [json.loads(line) for line in curve.lines(self._own.kind)]
        every = -(-len(entries) // _SHOWN)
        return {"file": path.name, "first": entries[0]["losses"], "curve": entries[::every]}


def _known(loss: float) -> float | None:
    return loss if math.isfinite(loss) else None
