"""One split with one seed as a job that is done once: its result is a file."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import torch

from mien.errors import ConfigError, TrainError
from mien.jobs import Step
from mien.train.checkpoint import read_state, write_state
from mien.train.faces.config import FacesConfig
from mien.train.faces.experiment import Identity, People, learn_identity, run_split, split_epochs
from mien.train.faces.faces import Faces, Portraits, Split

_FREE: Final = ("out", "ckplus", "ferplus", "fer2013", "identities", "device", "seeds", "seed")
"""Settings that may change when a study goes on; of data the content counts, not the place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitJob:
    """A split to be learned with a seed."""

    data: str
    split: Split
    people: People
    shares_identity: bool
    """Identity is learned once for all splits of a seed, and lies in `identity_file`."""
    seed: int
    config: FacesConfig

    @property
    def file(self) -> Path:
        """Where the result lies."""
        folder = self.data.lower().replace("+", "plus")
        return self.config.out / folder / f"seed{self.seed}_{self.split.name}.json"

    @property
    def identity_file(self) -> Path:
        """Where a shared identity sub-network lies."""
        return self.config.out / f"identity_seed{self.seed}.pt"

    @property
    def epochs(self) -> int:
        """How many epochs are told while it runs."""
        own = 0 if self.shares_identity else self.config.identity_epochs
        return own + split_epochs(self.config)

    def fingerprint(self) -> str:
        """What makes two results the same: settings, seed and data."""
        parts = [_settings(self.config, self.seed), self.split.name.encode()]
        parts += [_faces_bytes(one) for one in (self.split.train, self.split.test)]
        if self.split.validation is not None:
            parts.append(_faces_bytes(self.split.validation))
        return _digest([*parts, *_people_bytes(self.people)])

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


def run_job(job: SplitJob, step: Step) -> str:
    """Learn a split, and leave the result in its file; returns the name of the split."""
    device = device_of(job.config)

    def tell() -> None:
        step(job.data)

    identity = (
        shared_identity(job, step)
        if job.shares_identity
        else learn_identity(job.people, job.config, seed=job.seed, device=device, on_epoch=tell)
    )
    result = run_split(job.split, identity, job.config, seed=job.seed, device=device, on_epoch=tell)
    _write(job.file, {"fingerprint": job.fingerprint(), "result": result})
    return job.split.name


def shared_identity(job: SplitJob, step: Step) -> Identity:
    """The identity sub-network of a seed, learned if it is not there yet.

    Raises:
        TrainError: If it was learned with other settings or people.
    """
    fingerprint = _digest([_settings(job.config, job.seed), *_people_bytes(job.people)])
    if job.identity_file.exists():
        state = read_state(job.identity_file)
        if state.get("fingerprint") != fingerprint:
            raise TrainError(
                f"{job.identity_file}: expected the same settings and people, got others; "
                "give another --out"
            )
        return Identity(weights=state["weights"], told=state["told"])
    identity = learn_identity(
        job.people,
        job.config,
        seed=job.seed,
        device=device_of(job.config),
        on_epoch=lambda: step("identity"),
    )
    state = {"weights": dict(identity.weights), "told": dict(identity.told)}
    write_state(job.identity_file, {"fingerprint": fingerprint, **state})
    return identity


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


def _settings(config: FacesConfig, seed: int) -> bytes:
    return json.dumps({**plain_settings(config), "seed": seed}, sort_keys=True).encode()


def _faces_bytes(faces: Faces) -> bytes:
    arrays = (faces.pictures, faces.targets)
    names = (*faces.expressions, *faces.people.tolist())
    return b"".join(one.tobytes() for one in arrays) + "|".join(names).encode()


def _people_bytes(people: People) -> list[bytes]:
    return [_portrait_bytes(one) for one in (people.train, people.kept_back)]


def _portrait_bytes(portraits: Portraits) -> bytes:
    names = (*portraits.people.tolist(), *portraits.takes.tolist())
    return portraits.pictures.tobytes() + "|".join(names).encode()


def _digest(parts: list[bytes]) -> str:
    lengths = ",".join(str(len(part)) for part in parts).encode()
    return hashlib.sha256(b"".join((lengths, *parts))).hexdigest()


def _write(path: Path, content: Mapping[str, Any]) -> None:
    """Whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    part.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    part.replace(path)
