"""Trains one network under many settings and tells which did best on validation.

The runs are independent, so they go side by side: in processes, or on a Ray cluster. Each lies in
its own folder and goes on where it was when the sweep is started again.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from mien.capture.table_file import replace_text
from mien.config import require
from mien.errors import ConfigError, TrainError
from mien.jobs import Step, finished, no_step
from mien.train.checkpoint import load_trained
from mien.train.config import TrainConfig
from mien.train.fingerprint import fingerprint
from mien.train.fit import train
from mien.train.run_file import with_settings
from mien.train.verification import mean_of

RESULT_FILE: Final = "result.json"
_OWN: Final = ("out", "seed")
"""Settings that the sweep gives itself."""
_LONGEST: Final = 120
"""Characters of a folder's name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """What to try."""

    settings: Mapping[str, Any]
    """Arguments of `TrainConfig` that all runs share; `out` is the folder of the sweep."""
    choices: Mapping[str, Sequence[str]]
    """Setting -> its values as text, see `run_file.with_settings`; every combination is tried."""
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
    digest: str
    """Of all that its result depends on, label files included."""


def _job(settings: Mapping[str, Any], choice: dict[str, str], *, seed: int, out: Path) -> Job:
    changed = with_settings({**settings, "seed": seed, "out": out / _folder(choice, seed)}, choice)
    config = TrainConfig(**changed)
    return Job(choice, config, fingerprint(config))


def _folder(choice: Mapping[str, str], seed: int) -> str:
    """What a run is called; paths and long names are cut, and told apart by a digest."""
    whole = ",".join([*(f"{key}={value}" for key, value in choice.items()), f"seed={seed}"])
    plain = re.sub(r"[^\w.=,+-]", "_", whole)[-_LONGEST:]
    if plain == whole:
        return plain
    return f"{hashlib.sha256(whole.encode()).hexdigest()[:6]},{plain}"


def run_sweep(
    sweep: Sweep, *, workers: int = 1, ray_address: str | None = None, on_step: Step = no_step
) -> list[dict[str, Any]]:
    """Train every combination with every seed.

    A run that fails, its loss not being finite, is told of and does not end the others.

    Args:
        sweep: What to try.
        workers: Processes; 1 trains in this one.
        ray_address: A Ray cluster to train on, see `mien.jobs.finished`.
        on_step: Told of each run that ends.

    Returns:
        Per combination its `choice`, its `runs` (`seed`, `mean_r`, `mean_mae` on validation,
        None and `failed` for one that has none) and the `mean_r` and `mean_mae` over them; the
        best mean r first, those that failed last.

    Raises:
        ConfigError: If a setting does not exist or is out of range, or Ray is missing.
        TrainError: If a label file or a run to start from cannot be read.
    """
    found = finished(
        train_job, sweep.jobs(), workers=workers, ray_address=ray_address, on_step=on_step
    )
    by_choice: dict[tuple[str, ...], dict[str, Any]] = {}
    for choice, row in found:
        entry = by_choice.setdefault(tuple(choice.values()), {"choice": dict(choice), "runs": []})
        entry["runs"].append(row)
    return sorted(map(_summed, by_choice.values()), key=_rank)


def train_job(job: Job, step: Step) -> tuple[Mapping[str, str], dict[str, Any]]:
    """One run; a result that lies there and was made of the same is taken."""
    kept = _kept(job)
    if kept is not None:
        return job.choice, kept
    name = job.config.out.name
    try:
        model = load_trained(train(job.config))
    except TrainError as error:
        step(f"{name}: {error}")
        failed = {"seed": job.config.seed, "mean_r": None, "mean_mae": None, "failed": str(error)}
        return job.choice, failed
    row = {"seed": job.config.seed, **mean_of(model.metrics)}
    result = {"digest": job.digest, "row": row}
    replace_text(job.config.out / RESULT_FILE, json.dumps(result, indent=1) + "\n")
    step(name)
    return job.choice, row


def _kept(job: Job) -> dict[str, Any] | None:
    try:
        found = json.loads((job.config.out / RESULT_FILE).read_text(encoding="utf-8"))
        row: dict[str, Any] = found["row"]
        return row if found["digest"] == job.digest else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _summed(entry: dict[str, Any]) -> dict[str, Any]:
    runs = sorted(entry["runs"], key=lambda run: run["seed"])
    whole = [run for run in runs if run["mean_r"] is not None]
    means = {
        name: sum(run[name] for run in whole) / len(whole) if whole else None
        for name in ("mean_r", "mean_mae")
    }
    return {**entry, "runs": runs, **means}


def _rank(entry: Mapping[str, Any]) -> tuple[bool, float]:
    return any("failed" in run for run in entry["runs"]), -(entry["mean_r"] or 0.0)
