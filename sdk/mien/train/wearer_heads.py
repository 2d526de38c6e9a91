"""Teaches a finished run who it is and what is felt, and leaves all else of it as it was.

The encoders are looked through once and stay; only the identity head (D1) and then, with the
wearers' vectors, the emotion head (D3) learn. That takes seconds, and what the run was verified
for still holds. `mien train --scenes` teaches the same heads together with the encoders.

Shape suffixes: N samples, R versions of a sample, C channels, D features, H height, W width.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from mien.config import PreprocessConfig, require
from mien.errors import TrainError
from mien.train.augment import Augmenter
from mien.train.checkpoint import MODEL_FILE, TrainedModel, load_trained, save_trained
from mien.train.config import NO_AUGMENT, TRUTH, AugmentConfig, LoadConfig, SampleConfig
from mien.train.heads.emotion import UNKNOWN_SHARE, emotion_loss, forget_some
from mien.train.heads.identity import Prototypes, identity_loss
from mien.train.maps import Maps
from mien.train.network import Encoder
from mien.train.samples import Samples, load_samples
from mien.train.targets import KINDS
from mien.train.wearers import cached_vectors, enrol
from mien.types import Progress, silent

CHANGES: Final = AugmentConfig(
    shift=0.05, zoom=0.12, rotation_deg=6, shear=0.05, spots=0.25, drop_neutral=0.1
)
"""Milder than for the units: another zoom may be another face."""
_BATCH: Final = 128
_WARM_UP_SHARE: Final = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class WearerHeadsConfig:
    """What the heads learn from and how."""

    run: Path
    """Run, or its `model.pt`, to begin with."""
    sessions: tuple[Path, ...]
    """Sessions of wearers who came back and share headsets (recipe `faces`)."""
    out: Path
    """Folder of the new run."""
    identity_epochs: int = 6
    """Passes of the identity head, 1..1000."""
    emotion_epochs: int = 8
    """Passes of the emotion head, 1..1000."""
    learning_rate: float = 3e-3
    """Peak step of AdamW, 1e-6..1."""
    weight_decay: float = 0.1
    """Of AdamW, 0..1."""
    versions: int = 2
    """Of each crop: as it is, and changed in so many ways less one, 1..16."""
    unknown_share: float = UNKNOWN_SHARE
    """Samples whose wearer's vector is left out, 0..1; 1 is the emotion-only baseline (D6)."""
    seed: int = 0
    """Of everything drawn at random, 0..2^31-1."""
    cache: Path | None = None
    """Folder of the crop cache; None: the default one."""

    def __post_init__(self) -> None:
        require("identity_epochs", self.identity_epochs, 1, 1000)
        require("emotion_epochs", self.emotion_epochs, 1, 1000)
        require("learning_rate", self.learning_rate, 1e-6, 1)
        require("weight_decay", self.weight_decay, 0, 1)
        require("versions", self.versions, 1, 16)
        require("unknown_share", self.unknown_share, 0, 1)
        require("seed", self.seed, 0, 2**31 - 1)


@dataclass(frozen=True, slots=True)
class Seen:
    """What an encoder makes of every sample."""

    coarse_NRCHW: Tensor
    """float16: this is most of the memory."""
    feature_NRD: Tensor
    """float32."""


def train_wearer_heads(config: WearerHeadsConfig, progress: Progress = silent) -> Path:
    """Train the identity and emotion heads of a finished run.

    Args:
        config: Which run, what the heads learn from, and where the new run goes.
        progress: Told of each session and each pass.

    Returns:
        `model.pt` in `config.out`: the run with these two heads replaced.

    Raises:
        SessionError: If a session cannot be read.
        TrainError: If the run cannot be read, or the sessions show nobody or nothing felt.
    """
    model = load_trained(config.run, is_start=True)
    load = LoadConfig(cache=config.cache, samples=SampleConfig(preprocess=model.preprocess))
    samples = load_samples(config.sessions, TRUTH, config=load, progress=progress, what="sessions")
    for kind in KINDS:
        _require_known(samples[kind])
        teach(
            model.networks[kind], samples[kind], model.preprocess, config=config, progress=progress
        )
    path = config.out / MODEL_FILE
    save_trained(path, _described(model, samples["eye"], config))
    return path


def teach(
    network: Encoder,
    samples: Samples,
    preprocess: PreprocessConfig,
    *,
    config: WearerHeadsConfig,
    progress: Progress = silent,
) -> None:
    """Train the two heads of one network, in place."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed + KINDS.index(samples.kind))
        seen = see(network, samples, preprocess, versions=config.versions, seed=config.seed)
        _teach_identity(network, samples, seen, config=config, progress=progress)
        scene, enrolled = samples.scene, enrol(network, samples, preprocess)
        vectors = cached_vectors(enrolled, scene.person, scene.session)
        _teach_emotion(network, samples, seen, vectors=vectors, config=config, progress=progress)
    network.eval()


def see(
    network: Encoder, samples: Samples, preprocess: PreprocessConfig, *, versions: int, seed: int
) -> Seen:
    """Look at every sample, first as it is and then changed by chance."""
    network.eval()
    augmenters = [Augmenter(c, preprocess) for c in (NO_AUGMENT, *(CHANGES,) * (versions - 1))]
    coarse, feature = [], []
    for start in range(0, len(samples), _BATCH):
        rows = np.arange(start, min(start + _BATCH, len(samples)))
        rng = np.random.default_rng((seed, KINDS.index(samples.kind), start))
        codes = samples.pairs(rows)
        with torch.inference_mode():
            given = [network.maps(_last(a.run(codes, rng).x_BCHW)) for a in augmenters]
        coarse.append(torch.stack([maps.coarse.half() for maps in given], dim=1))
        feature.append(torch.stack([maps.feature for maps in given], dim=1))
    return Seen(torch.cat(coarse).clone(), torch.cat(feature).clone())


def _last(x_BCHW: Tensor) -> Tensor:
    return x_BCHW.contiguous(memory_format=torch.channels_last)


def _teach_identity(
    network: Encoder,
    samples: Samples,
    seen: Seen,
    *,
    config: WearerHeadsConfig,
    progress: Progress,
) -> None:
    scene, head = samples.scene, network.heads["identity"]
    persons, first, class_N = np.unique(scene.person, return_index=True, return_inverse=True)
    prototypes = Prototypes(torch.from_numpy(scene.headset[first].astype(np.int64)))
    target_N = torch.from_numpy(np.where(persons[class_N] >= 0, class_N, -1))

    def loss_of(index: NDArray[np.intp], rng: np.random.Generator) -> Tensor:
        version = torch.from_numpy(rng.integers(seen.coarse_NRCHW.shape[1], size=len(index)))
        vector = head(_maps(coarse=seen.coarse_NRCHW[torch.from_numpy(index), version].float()))
        return identity_loss(prototypes(vector), target_N[index], prototypes.is_rival_PP)

    _reset(head)
    head.train()
    rows = np.flatnonzero(scene.person >= 0)
    parameters = [*head.parameters(), *prototypes.parameters()]
    what = f"{samples.kind}, who it is"
    passes = progress(range(config.identity_epochs), what=what, total=config.identity_epochs)
    _descend(loss_of, rows, parameters, passes=passes, epochs=config.identity_epochs, config=config)
    head.eval()


def _teach_emotion(
    network: Encoder,
    samples: Samples,
    seen: Seen,
    *,
    vectors: NDArray[np.float32],
    config: WearerHeadsConfig,
    progress: Progress,
) -> None:
    head = network.heads["emotion"]
    target_N = torch.from_numpy(samples.scene.emotion.astype(np.int64))

    def loss_of(index: NDArray[np.intp], rng: np.random.Generator) -> Tensor:
        version = torch.from_numpy(rng.integers(seen.feature_NRD.shape[1], size=len(index)))
        given = forget_some(vectors[index], rng, share=config.unknown_share)
        maps = _maps(feature=seen.feature_NRD[torch.from_numpy(index), version])
        return emotion_loss(head(maps, torch.from_numpy(given)), target_N[index])

    _reset(head)
    rows = np.flatnonzero(samples.scene.emotion >= 0)
    what = f"{samples.kind}, what is felt"
    passes = progress(range(config.emotion_epochs), what=what, total=config.emotion_epochs)
    _descend(
        loss_of,
        rows,
        list(head.parameters()),
        passes=passes,
        epochs=config.emotion_epochs,
        config=config,
    )


def _descend(
    loss_of: Callable[[NDArray[np.intp], np.random.Generator], Tensor],
    rows: NDArray[np.intp],
    parameters: list[nn.Parameter],
    *,
    passes: Iterable[int],
    epochs: int,
    config: WearerHeadsConfig,
) -> None:
    """AdamW with a short ramp and half a cosine, as in `mien train`."""
    optimiser = torch.optim.AdamW(
        parameters, lr=config.learning_rate, weight_decay=config.weight_decay
    )
    rng = np.random.default_rng((config.seed, len(rows)))
    parts, done = max(1, round(len(rows) / _BATCH)), 0
    for _ in passes:
        for index in np.array_split(rng.permutation(rows), parts):
            share = done / (epochs * parts)
            ramp = min(1.0, (share + 1e-3) / _WARM_UP_SHARE)
            for group in optimiser.param_groups:
                group["lr"] = config.learning_rate * ramp * 0.5 * (1 + math.cos(math.pi * share))
            loss = loss_of(index, rng)
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            done += 1


def _maps(*, coarse: Tensor | None = None, feature: Tensor | None = None) -> Maps:
    """What one head reads; it sees nothing else."""
    nothing = torch.empty(0)
    return Maps(
        nothing,
        nothing,
        nothing if coarse is None else coarse,
        nothing,
        nothing if feature is None else feature,
        nothing,
    )


def _reset(head: nn.Module) -> None:
    """Begin at random: a head that was trained before, or never, makes no difference."""
    for layer in head.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear | nn.BatchNorm2d):
            layer.reset_parameters()


def _require_known(samples: Samples) -> None:
    scene = samples.scene
    for what, known in (("wearers", scene.person), ("emotions", scene.emotion)):
        if not (known >= 0).any():
            raise TrainError(
                f"{samples.kind}: expected {what} in the sessions, got none; "
                "render some with `mien synth --recipe faces`"
            )


def _described(model: TrainedModel, samples: Samples, config: WearerHeadsConfig) -> TrainedModel:
    about = {
        "wearers": len(np.unique(samples.scene.person)),
        "sessions": len(config.sessions),
        "unknown_share": config.unknown_share,
        "seed": config.seed,
    }
    return replace(model, training={**model.training, "wearer_heads": about})
