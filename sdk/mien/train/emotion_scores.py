"""How well models tell what is felt (D6): the measuring half of the study.

Three vectors are tried on the same images: the wearer's own, enrolled on other visits; none, as
of a wearer who did not agree; and that of another wearer of the same headset.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from mien import schema
from mien.config import PreprocessConfig
from mien.errors import TrainError
from mien.runtime.emotion import EMOTIONS
from mien.schema import CameraKind
from mien.train.augment import real_values
from mien.train.checkpoint import load_trained
from mien.train.config import TRUTH, LoadConfig
from mien.train.instants import fused, instants
from mien.train.network import Encoder
from mien.train.samples import Samples, load_samples
from mien.train.targets import KINDS
from mien.train.wearers import cached_vectors, enrol, swapped_persons
from mien.types import Progress, silent

OWN, UNKNOWN, SWAPPED = "own vector", "no vector", "another's vector"
VECTORS: Final = (OWN, UNKNOWN, SWAPPED)
VIEWS: Final[dict[str, tuple[CameraKind, ...]]] = {
    "eyes": ("eye",),
    "mouth": ("mouth",),
    "eyes and mouth": KINDS,
}
EYE_CLASSES: Final = ("neutral", "happiness", "anger", "surprise", "closed eyes")
"""What Eyemotion tells from the eyes alone. Source: Hickson et al., "Eyemotion: Classifying
Facial Expressions in VR Using Eye-Tracking Cameras", WACV 2019 (arXiv 1707.07204)."""
FIVE: Final = "eyes, 5 classes"
_CLOSED, _OPEN, _SAID_CLOSED = 0.75, 0.4, 0.6
"""Closure of the lids that counts as closed and as open in the truth, and as closed in a model."""
_LID: Final = schema.EYE_OUTPUTS.index("lid_closure")
_BATCH: Final = 128


class Said(NamedTuple):
    """What one kind of camera says of its N samples."""

    logits: NDArray[np.float32]
    """Shape (vectors, N, 8)."""
    lid: NDArray[np.float32]
    """Shape (N,): how far shut, 0..1; 0 for a mouth."""
    confidence: NDArray[np.float32]
    """Shape (N,), 0..1."""


@dataclass(frozen=True, slots=True)
class Felt:
    """The truth of each instant, shape (I,)."""

    emotion: NDArray[np.int64]
    """Index in `EMOTIONS`; -1 unknown."""
    lid: NDArray[np.float64]
    """How far the lids are shut, mean of both, 0..1; NaN unknown."""

    @property
    def five(self) -> NDArray[np.int64]:
        """Index in `EYE_CLASSES`; -1 for what is none of them."""
        lid = np.nan_to_num(self.lid, nan=0.5)
        classes = np.full(len(self.emotion), -1, np.int64)
        for number, name in enumerate(EYE_CLASSES[:-1]):
            classes[(self.emotion == EMOTIONS.index(name)) & (lid < _OPEN)] = number
        classes[lid >= _CLOSED] = len(EYE_CLASSES) - 1
        return classes


def emotion_scores(
    runs: Sequence[Path],
    sessions: Sequence[Path],
    *,
    config: LoadConfig | None = None,
    progress: Progress = silent,
) -> list[dict[str, Any]]:
    """Score models on the same sessions.

    Args:
        runs: `model.pt` files or folders of runs with identity and emotion heads.
        sessions: Rendered, of wearers that none of them was trained on.
        config: Which frames count, and where crops are kept.
        progress: Told of each session read and each model.

    Returns:
        Per run its `name` and, by view and by vector, `accuracy`, `recall` (mean over the
        classes) and the `confusion` (rows: truth, columns: said); `wearers`, `instants` besides.

    Raises:
        TrainError: If a run lacks the heads, or nothing is felt in the sessions.
        SessionError: If a session cannot be read.
    """
    models = [(_name(run), load_trained(run)) for run in runs]
    samples = load_samples(
        sessions, TRUTH, config=config or LoadConfig(), progress=progress, what="sessions"
    )
    number = instants(samples)
    felt = truth_of(samples, number)
    if (felt.emotion < 0).all():
        raise TrainError("sessions: expected emotions in truth_scene.csv, got none")
    found = []
    for name, model in progress(models, what="models", total=len(models)):
        for kind in KINDS:
            if not {"identity", "emotion"} <= set(model.networks[kind].heads):
                raise TrainError(f"{name}: expected identity and emotion heads, got none")
        said = {kind: predict(model.networks[kind], samples[kind], model.preprocess)
                for kind in KINDS}  # fmt: skip
        wearers = np.unique(samples["eye"].scene.person)
        views = score_views(said, felt, number)
        found.append({"name": name, "wearers": len(wearers), "views": views})
    return found


def predict(network: Encoder, samples: Samples, preprocess: PreprocessConfig) -> Said:
    """What a network says of every sample, with each of `VECTORS`."""
    scene = samples.scene
    enrolled = enrol(network, samples, preprocess)
    own = cached_vectors(enrolled, scene.person, scene.session)
    others = swapped_persons(enrolled, scene.person)
    swapped = cached_vectors(enrolled, others, scene.session)
    vectors = [torch.from_numpy(given) for given in (own, np.zeros_like(own), swapped)]
    logits: list[list[torch.Tensor]] = [[] for _ in vectors]
    lid, confidence = [], []
    network.eval()
    with torch.inference_mode():
        for start in range(0, len(samples), _BATCH):
            rows = np.arange(start, min(start + _BATCH, len(samples)))
            x_BCHW = real_values(samples.pairs(rows), preprocess)
            maps = network.maps(x_BCHW.contiguous(memory_format=torch.channels_last))
            confidence.append(maps.attention.mean(dim=(1, 2, 3)))
            lid.append(network.units(maps)[:, _LID])
            for given, vector in zip(logits, vectors, strict=True):
                given.append(network.heads["emotion"](maps, vector[rows]))
    return Said(
        torch.stack([torch.cat(given) for given in logits]).numpy(),
        torch.cat(lid).numpy() * (samples.kind == "eye"),
        torch.cat(confidence).numpy(),
    )


def truth_of(
    samples: Mapping[CameraKind, Samples], number: Mapping[CameraKind, NDArray[np.intp]]
) -> Felt:
    """The exact truth of each instant."""
    count = _count(number)
    emotion = np.full(count, -1, np.int64)
    for kind in KINDS:
        np.maximum.at(emotion, number[kind], samples[kind].scene.emotion)
    eyes, at = samples["eye"], number["eye"]
    lid = fused(eyes.targets[:, [_LID]], np.ones(len(eyes)), instant=at, count=count)
    return Felt(emotion, lid[:, 0])


def score_views(
    said: Mapping[CameraKind, Said], felt: Felt, number: Mapping[CameraKind, NDArray[np.intp]]
) -> dict[str, dict[str, Any]]:
    """View -> vector -> scores, see `emotion_scores`."""
    views: dict[str, dict[str, Any]] = {view: {} for view in (FIVE, *VIEWS)}
    count = _count(number)
    eyes = said["eye"]
    lid = fused(eyes.lid[:, None], eyes.confidence, instant=number["eye"], count=count)[:, 0]
    for place, vector in enumerate(VECTORS):
        for view, kinds in VIEWS.items():
            logits = fused(
                np.concatenate([said[kind].logits[place] for kind in kinds]),
                np.concatenate([said[kind].confidence for kind in kinds]),
                instant=np.concatenate([number[kind] for kind in kinds]),
                count=count,
            )
            views[view][vector] = scored(felt.emotion, logits.argmax(axis=1), EMOTIONS)
            if view == "eyes":
                five = said_five(logits, lid)
                views[FIVE][vector] = scored(felt.five, five, EYE_CLASSES)
    return views


def said_five(logits: NDArray[np.floating], lid: NDArray[np.floating]) -> NDArray[np.intp]:
    """Which of `EYE_CLASSES`: closed by the lids, else the likeliest of the other four."""
    columns = [EMOTIONS.index(name) for name in EYE_CLASSES[:-1]]
    said: NDArray[np.intp] = logits[:, columns].argmax(axis=1)
    said[lid >= _SAID_CLOSED] = len(EYE_CLASSES) - 1
    return said


def scored(
    truth: NDArray[np.int64], said: NDArray[np.intp], classes: Sequence[str]
) -> dict[str, Any]:
    """Accuracy, mean recall over the classes that occur, and the confusion."""
    confusion = np.zeros((len(classes), len(classes)), np.int64)
    is_known = truth >= 0
    np.add.at(confusion, (truth[is_known], said[is_known]), 1)
    occurs = confusion.sum(axis=1) > 0
    recall = confusion.diagonal()[occurs] / confusion.sum(axis=1)[occurs]
    return {
        "instants": int(is_known.sum()),
        "accuracy": float(confusion.trace() / max(1, is_known.sum())),
        "recall": float(recall.mean()) if occurs.any() else None,
        "classes": list(classes),
        "confusion": confusion.tolist(),
    }


def _count(number: Mapping[CameraKind, NDArray[np.intp]]) -> int:
    return 1 + max(int(found.max(initial=-1)) for found in number.values())


def _name(run: Path) -> str:
    return run.resolve().name if run.is_dir() else run.resolve().parent.name
