"""Trains one network under many settings and tells which did best on validation.

The runs are independent, so they go side by side: in processes, or on a Ray cluster. Each lies in
its own folder and goes on where it was when the sweep is started again.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from mien.config import require
from mien.errors import ConfigError
from mien.jobs import Step, finished, no_step
from mien.train.checkpoint import load_trained
from mien.train.config import TrainConfig
from mien.train.fit import train
from mien.train.run_file import run_text, with_setting
from mien.train.verification import mean_of

RESULT_FILE: Final = "result.json"
_OWN: Final = ("out", "seed")
"""Settings that the sweep gives itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """What to try."""

    settings: Mapping[str, Any]
    """Arguments of `TrainConfig` that all runs share; `out` is the folder of the sweep."""
    choices: Mapping[str, Sequence[str]]
    """Setting -> its values as text, see `run_file.with_setting`; every combination is tried."""
    seeds: int = 3
    """Runs of every combination, 1..100."""

    def __post_init__(self) -> None:
        require("seeds", self.seeds, 1, 100)
        for key, values in self.choices.items():
            if key in _OWN:
                raise ConfigError(f"{key}: expected a setting that may vary, got {key}")
            if len(set(values)) != len(values) or not values:
                raise ConfigError(f"{key}: expected different values, got {','.join(values)}")

    def jobs(self) -> list[Job]:
        """All runs, in order; wrong settings are refused before the first one starts."""
        out = Path(self.settings["out"])
        return [
            _job(self.settings, dict(zip(self.choices, values, strict=True)), seed=seed, out=out)
            for values in itertools.product(*self.choices.values())
            for seed in range(self.seeds)
        ]


@dataclass(frozen=True, slots=True)
class Job:
    """One run of a sweep."""

    choice: Mapping[str, str]
    config: TrainConfig
    text: str
    """All its settings as a run file, which tells a result that still holds."""


def _job(settings: Mapping[str, Any], choice: dict[str, str], *, seed: int, out: Path) -> Job:
    name = ",".join([*(f"{key}={value}" for key, value in choice.items()), f"seed={seed}"])
    chosen = {**settings, "seed": seed, "out": out / name.replace("/", "_")}
    for key, value in choice.items():
        chosen = with_setting(chosen, key, value)
    return Job(choice, TrainConfig(**chosen), run_text(chosen))


def run_sweep(
    sweep: Sweep, *, workers: int = 1, ray_address: str | None = None, on_step: Step = no_step
) -> list[dict[str, Any]]:
    """Train every combination with every seed.

    Args:
        sweep: What to try.
        workers: Processes; 1 trains in this one.
        ray_address: A Ray cluster to train on, see `mien.jobs.finished`.
        on_step: Told of each run that ends.

    Returns:
        Per combination its `choice`, its `runs` (`seed`, `mean_r`, `mean_mae` on validation) and
        the `mean_r` and `mean_mae` of them; the best mean r first.

    Raises:
        ConfigError: If a setting does not exist or is out of range, or Ray is missing.
        TrainError: As `train`.
    """
    found = finished(
        train_job, sweep.jobs(), workers=workers, ray_address=ray_address, on_step=on_step
    )
    by_choice: dict[tuple[str, ...], dict[str, Any]] = {}
    for choice, row in found:
        entry = by_choice.setdefault(tuple(choice.values()), {"choice": dict(choice), "runs": []})
        entry["runs"].append(row)
    return sorted(map(_summed, by_choice.values()), key=lambda one: -one["mean_r"])


def train_job(job: Job, step: Step) -> tuple[Mapping[str, str], dict[str, Any]]:
    """One run; a result that lies there and was made with the same settings is taken."""
    path = job.config.out / RESULT_FILE
    if path.is_file():
        kept = json.loads(path.read_text(encoding="utf-8"))
        if kept["settings"] == job.text:
            return job.choice, kept["row"]
    model = load_trained(train(job.config))
    row = {"seed": job.config.seed, **mean_of(model.metrics)}
    path.write_text(json.dumps({"settings": job.text, "row": row}, indent=1), encoding="utf-8")
    step(job.config.out.name)
    return job.choice, row


def _summed(entry: dict[str, Any]) -> dict[str, Any]:
    runs = sorted(entry["runs"], key=lambda run: run["seed"])
    means = {
        name: sum(run[name] or 0.0 for run in runs) / len(runs) for name in ("mean_r", "mean_mae")
    }
    return {**entry, "runs": runs, **means}
