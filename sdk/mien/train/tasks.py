"""The tasks of a child network and their losses (B1): one dict of scalars for each batch.

Shape suffixes: B batch, U outputs, F fallback outputs, H height, W width.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Final

import torch
from torch import Tensor

from mien.schema import CameraKind
from mien.train.heads.attention import attention_loss
from mien.train.heads.boxes import box_loss, known_boxes
from mien.train.heads.emotion import emotion_loss
from mien.train.heads.identity import identity_loss
from mien.train.heads.scalars import squared_loss
from mien.train.heads.segmentation import UNKNOWN, segmentation_loss
from mien.train.losses import masked_mse
from mien.train.targets import OUTPUTS

TASKS: Final = (
    *("units", "gaze_lid", "fallback", "attention", "segmentation", "boxes", "emotion"),
    "identity",
)
"""In this order wherever tasks are in a row."""
SCALE: Final = {
    "units": 1.0,
    "gaze_lid": 1.0,
    "fallback": 1.0,
    "attention": 0.03,
    "consistency": 0.5,
    "segmentation": 0.01,
    "boxes": 0.02,
    "emotion": 0.01,
    "identity": 0.005,
}
"""What each loss is multiplied by: makes squared errors and cross-entropies about alike, so that
equal task weights mean something. `consistency` is no task and keeps its weight: it has no truth,
begins near 0 and grows as the network learns, which a rule would take for failing."""
_GAZE_LID: Final = ("lid_closure", "gaze_yaw", "gaze_pitch")
"""Outputs of the eye network that are the task `gaze_lid`; the others are `units`."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What a step learns from, after augmentation: everything lies where the image was moved."""

    x_BCHW: Tensor
    """Present and neutral crop, real input values."""
    target_BU: Tensor
    """0..1."""
    weight_BU: Tensor
    """Trust in each target, 0 where there is none."""
    person_B: Tensor
    """int64, class of the wearer among those of the run; -1 unknown."""
    emotion_B: Tensor
    """int64, index in `runtime.emotion.EMOTIONS`; -1 unknown."""
    aperture_B: Tensor
    """0..1, NaN unknown."""
    fallback_BF: Tensor
    fallback_weight_BF: Tensor
    classes_BHW: Tensor
    """uint8, shape (B, 32, 32), `heads.segmentation.CLASSES`."""
    boxes_BCF: Tensor
    """`boxes.BoxRows`."""
    vector_BI: Tensor
    """What a headset would have cached of the wearer; zeros: unknown."""
    seen_B1HW: Tensor
    """Shape (B, 1, 8, 8): share of each region that no drawn cover hides."""
    is_covered_B: Tensor
    """bool."""
    twin_RCHW: Tensor
    """What lies under the covers, crop and neutral, of the R samples that are covered (E5)."""

    def to(self, device: torch.device) -> Batch:
        """The same on a device."""
        return Batch(*(getattr(self, f.name).to(device) for f in fields(self)))


def joined_batches(parts: list[Batch]) -> Batch:
    """The samples of all parts, one after the other."""
    return Batch(*(torch.cat([getattr(p, f.name) for p in parts]) for f in fields(Batch)))


@dataclass(frozen=True, slots=True)
class Emphasis:
    """What counts how much among the units."""

    balance_U: Tensor
    """From `losses.output_balance`."""
    is_gaze_U: Tensor
    activation_weight: float


@dataclass(frozen=True, slots=True)
class TaskLoss:
    """The loss of one task over a batch, or a process's part of one."""

    mean: Tensor
    """A scalar; 0 where nothing is known."""
    known: float
    """What the mean was taken over: sum of weights, samples, pixels."""


Given = Mapping[str, Tensor]


def task_losses(
    given: Given, batch: Batch, emphasis: Emphasis, *, kind: CameraKind
) -> dict[str, TaskLoss]:
    """The loss of each task that this kind of camera has, in order of `TASKS`; `consistency`."""
    found = {
        "units": _outputs(given, batch, emphasis, columns=columns_of("units", kind)),
        "attention": TaskLoss(
            attention_loss(given["attention"], batch.seen_B1HW), len(batch.x_BCHW)
        ),
        "consistency": consistency_loss(given, batch, emphasis),
        "segmentation": TaskLoss(
            segmentation_loss(given["segmentation"], batch.classes_BHW),
            float((batch.classes_BHW != UNKNOWN).sum()),
        ),
    }
    found |= _of_scene(given, batch)
    if kind == "eye":
        found |= {
            "gaze_lid": gaze_lid_loss(given, batch, emphasis),
            "fallback": _fallback(given, batch),
        }
    return {
        task: TaskLoss(SCALE[task] * found[task].mean, found[task].known)
        for task in (*TASKS, "consistency")
        if task in found
    }


def _of_scene(given: Given, batch: Batch) -> dict[str, TaskLoss]:
    """Boxes, emotion and, where wearers are to be told apart, identity."""
    felt, told = (float((known >= 0).sum()) for known in (batch.emotion_B, batch.person_B))
    shown = float(known_boxes(batch.boxes_BCF).sum())
    found = {
        "boxes": TaskLoss(box_loss(given["boxes"], batch.boxes_BCF), shown),
        "emotion": TaskLoss(emotion_loss(given["emotion"], batch.emotion_B), felt),
    }
    # Without wearers to tell apart it is 0, for the head has to have a gradient.
    loss = 0.0 * given["identity"].sum()
    if "likeness" in given:
        loss = identity_loss(given["likeness"], batch.person_B, given["is_rival"])
    found["identity"] = TaskLoss(loss, told if "likeness" in given else 0.0)
    return found


def consistency_loss(given: Given, batch: Batch, emphasis: Emphasis) -> TaskLoss:
    """What is said of a covered sample, against what was said of its twin (E5)."""
    covered_RU, twin_RU = given["units"][batch.is_covered_B], given["twin"]
    mean = masked_mse(
        covered_RU,
        twin_RU,
        torch.ones_like(twin_RU),
        balance_U=emphasis.balance_U,
        is_gaze_U=emphasis.is_gaze_U,
        activation_weight=emphasis.activation_weight,
    )
    return TaskLoss(mean, float(len(twin_RU)))


def _outputs(given: Given, batch: Batch, emphasis: Emphasis, *, columns: list[int]) -> TaskLoss:
    weight_BU = batch.weight_BU[:, columns]
    mean = masked_mse(
        given["units"][:, columns],
        batch.target_BU[:, columns],
        weight_BU,
        balance_U=emphasis.balance_U[columns],
        is_gaze_U=emphasis.is_gaze_U[columns],
        activation_weight=emphasis.activation_weight,
    )
    return TaskLoss(mean, float(weight_BU.sum(dtype=torch.float64)))


def gaze_lid_loss(given: Given, batch: Batch, emphasis: Emphasis) -> TaskLoss:
    """Angles, closure and opening: the mean over all that are known, each as its weight says."""
    angles = _outputs(given, batch, emphasis, columns=columns_of("gaze_lid", "eye"))
    is_known_B1 = torch.isfinite(batch.aperture_B)[:, None].float()
    opened_B1 = torch.nan_to_num(batch.aperture_B)[:, None]
    aperture = squared_loss(given["aperture"], opened_B1, is_known_B1)
    openings = float(is_known_B1.sum())
    known = angles.known + openings
    mean = (angles.mean * angles.known + aperture * openings) / max(known, 1e-6)
    return TaskLoss(mean, known)


def _fallback(given: Given, batch: Batch) -> TaskLoss:
    weight_BF = batch.fallback_weight_BF
    mean = squared_loss(given["fallback"], batch.fallback_BF, weight_BF)
    return TaskLoss(mean, float(weight_BF.sum(dtype=torch.float64)))


def columns_of(task: str, kind: CameraKind) -> list[int]:
    """Which outputs of a kind of camera belong to `units` or to `gaze_lid`."""
    is_gaze_lid = task == "gaze_lid"
    return [k for k, name in enumerate(OUTPUTS[kind]) if (name in _GAZE_LID) == is_gaze_lid]
