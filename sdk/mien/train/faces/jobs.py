"""What is learned once, and left in a file: a split with a seed, an identity for all splits."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray

from mien.errors import ConfigError, TrainError
from mien.jobs import Step
from mien.train.checkpoint import read_state, write_state
from mien.train.faces.config import FacesConfig
from mien.train.faces.experiment import Identity, People, learn_identity, run_split, split_epochs
from mien.train.faces.faces import Faces, Split

_FREE: Final = ("out", "ckplus", "ferplus", "fer2013", "identities", "device", "seeds", "seed")
"""Settings that may change when a study goes on; of data the content counts, not the place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityJob:
    """The identity sub-network of a seed, where all splits share it."""

    people: People
    seed: int
    config: FacesConfig

    @property
    def file(self) -> Path:
        """Where it lies."""
        return self.config.out / f"identity_seed{self.seed}.pt"

    def fingerprint(self) -> str:
        """What makes two of them the same: settings, seed and people."""
        return _digest(_settings(self.config, self.seed), _people_arrays(self.people))

    def done(self, step: Step) -> Path:
        """The file, learned if it is not there yet.

        Raises:
            TrainError: If it was learned with other settings or people.
        """
        fingerprint = self.fingerprint()
        if not self.file.exists():
            identity = learn_identity(
                self.people,
                self.config,
                seed=self.seed,
                device=device_of(self.config),
                on_epoch=lambda: step("identity"),
            )
            state = {"weights": dict(identity.weights), "told": dict(identity.told)}
            write_state(self.file, {"fingerprint": fingerprint, **state})
        elif read_state(self.file).get("fingerprint") != fingerprint:
            raise TrainError(
                f"{self.file}: expected the same settings and people, got others; "
                "give another --out"
            )
        return self.file


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitJob:
    """A split to be learned with a seed."""

    data: str
    split: Split
    identity: People | IdentityFile
    """Who identity is learned from, or where it lies."""
    seed: int
    config: FacesConfig

    @property
    def file(self) -> Path:
        """Where the result lies."""
        folder = self.data.lower().replace("+", "plus")
        return self.config.out / folder / f"seed{self.seed}_{self.split.name}.json"

    @property
    def epochs(self) -> int:
        """How many epochs are told while it runs."""
        own = self.config.identity_epochs if isinstance(self.identity, People) else 0
        return own + split_epochs(self.config)

    def fingerprint(self) -> str:
        """What makes two results the same: settings, seed and data."""
        parts = [self.split.train, self.split.test, self.split.validation]
        arrays = [array for part in parts if part is not None for array in _face_arrays(part)]
        shared = ""
        if isinstance(self.identity, People):
            arrays += _people_arrays(self.identity)
        else:
            shared = self.identity.fingerprint
        return _digest(_settings(self.config, self.seed) + self.split.name + shared, arrays)

    def result(self) -> dict[str, Any] | None:
        """What was found before; None: nothing yet.

        Raises:
            TrainError: If the file is of other settings or data.
        """
        if not self.file.exists():
            return None
        try:
            stored = json.loads(self.file.read_text(encoding="utf-8"))
        except (OSError, ValueError) as exc:
            raise TrainError(f"{self.file}: expected a result, got {exc}; delete it") from exc
        if stored.get("fingerprint") != self.fingerprint():
            raise TrainError(
                f"{self.file}: expected a result of the same settings and data, got another; "
                "give another --out"
            )
        found: dict[str, Any] = stored["result"]
        return found


@dataclass(frozen=True, slots=True)
class IdentityFile:
    """A shared identity sub-network; large sets of people stay out of the jobs."""

    path: Path
    fingerprint: str


def run_job(job: SplitJob, step: Step) -> str:
    """Learn a split, and leave the result in its file; returns the name of the split."""
    device = device_of(job.config)

    def tell() -> None:
        step(job.data)

    if isinstance(job.identity, People):
        identity = learn_identity(
            job.identity, job.config, seed=job.seed, device=device, on_epoch=tell
        )
    else:
        state = read_state(job.identity.path)
        identity = Identity(weights=state["weights"], told=state["told"])
    result = run_split(job.split, identity, job.config, seed=job.seed, device=device, on_epoch=tell)
    _write(job.file, {"fingerprint": job.fingerprint(), "result": result})
    return job.split.name


def device_of(config: FacesConfig) -> torch.device:
    """Where to compute.

    Raises:
        ConfigError: If CUDA is asked for and there is none.
    """
    has_cuda = torch.cuda.is_available()
    if config.device == "cuda" and not has_cuda:
        raise ConfigError("device: expected a CUDA device, found none; give --device cpu")
    return torch.device("cpu" if config.device == "cpu" or not has_cuda else "cuda")


def plain_settings(config: FacesConfig) -> dict[str, Any]:
    """Settings that a result depends on, but for the seed; no paths of this machine."""
    return {name: value for name, value in asdict(config).items() if name not in _FREE}


def _settings(config: FacesConfig, seed: int) -> str:
    return json.dumps({**plain_settings(config), "seed": seed}, sort_keys=True)


def _face_arrays(faces: Faces) -> list[NDArray[Any]]:
    names = np.array(faces.expressions)
    return [faces.pictures, faces.targets, faces.people, faces.action_units, names]


def _people_arrays(people: People) -> list[NDArray[Any]]:
    return [
        array
        for part in (people.train, people.kept_back)
        for array in (part.pictures, part.people, part.takes)
    ]


def _digest(text: str, arrays: Iterable[NDArray[Any]]) -> str:
    total = hashlib.sha256(text.encode())
    for array in arrays:
        total.update(f"{array.dtype} {array.shape}".encode())
        total.update(np.ascontiguousarray(array).data.cast("B") if array.size else b"")
    return total.hexdigest()


def _write(path: Path, content: Mapping[str, Any]) -> None:
    """Whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    part.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    part.replace(path)
