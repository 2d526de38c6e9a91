"""How well the heads do on sessions of other wearers: aperture, fallback, segmentation, attention.

Shape suffixes: N samples, F fallback outputs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray

from mien import metrics, schema
from mien.config import PreprocessConfig
from mien.train.augment import cover_batch, real_values
from mien.train.drawing import seen_regions
from mien.train.heads.scalars import APERTURE_MM
from mien.train.heads.segmentation import CLASSES, GRID, UNKNOWN
from mien.train.network import Encoder
from mien.train.occluder import Cover
from mien.train.pixels import SIDE
from mien.train.samples import Samples
from mien.train.targets import Rows

Scores = dict[str, Any]
CoverOf = Callable[[int], Cover]

_BATCH: Final = 128
_HIDDEN: Final = 0.5
"""A region counts as hidden when a cover leaves less of it to be seen."""


def score_heads(
    network: Encoder, samples: Samples, preprocess: PreprocessConfig, *, cover_of: CoverOf
) -> Scores:
    """Scores of each head that these samples can judge.

    Args:
        network: In evaluation mode, on the CPU.
        samples: Of other wearers.
        preprocess: How crops were made.
        cover_of: What lies over a sample, to see whether the attention notices.

    Returns:
        `aperture`: r, mae_mm, n; `fallback`: output -> r, mae, n; `segmentation`: class -> IoU;
        `attention`: mean weight of seen and of hidden regions. What has no truth is left out.
    """
    found: Scores = {"attention": _attention(network, samples, preprocess, cover_of=cover_of)}
    if any(pixels is not None for pixels in samples.pixels):
        found["segmentation"] = _segmentation(network, samples, preprocess)
    if samples.kind == "eye":
        outputs = _scalars(network, samples, preprocess)
        found |= _aperture(outputs["aperture"][:, 0], samples.scene.aperture)
        found |= _fallback(outputs["fallback"], samples)
    return found


def _batches(count: int) -> list[NDArray[np.intp]]:
    return np.array_split(np.arange(count), max(1, -(-count // _BATCH)))


def _scalars(
    network: Encoder, samples: Samples, preprocess: PreprocessConfig
) -> Mapping[str, Rows]:
    found: dict[str, list[Rows]] = {"aperture": [], "fallback": []}
    with torch.inference_mode():
        for rows in _batches(len(samples)):
            maps = network.maps(real_values(samples.pairs(rows), preprocess))
            for name, kept in found.items():
                kept.append(network.heads[name](maps).numpy())
    return {name: np.concatenate(kept) for name, kept in found.items()}


def _aperture(got: Rows, truth: Rows) -> Scores:
    is_known = np.isfinite(truth)
    if not is_known.any():
        return {}
    return {"aperture": _agreement(truth[is_known], got[is_known], scale=APERTURE_MM, mae="mae_mm")}


def _fallback(got_NF: Rows, samples: Samples) -> Scores:
    scene, found = samples.scene, {}
    for column, name in enumerate(schema.FALLBACK_OUTPUTS):
        is_known = scene.fallback_weight[:, column] > 0
        truth = scene.fallback[is_known, column]
        if len(truth) and np.ptp(truth) > 0:
            found[name] = _agreement(truth, got_NF[is_known, column])
    return {"fallback": found} if found else {}


def _agreement(truth: Rows, got: Rows, *, scale: float = 1.0, mae: str = "mae") -> Scores:
    return {
        "r": metrics.pearson_r(truth, got),
        mae: float(np.abs(truth - got).mean()) * scale,
        "n": len(truth),
    }


def _segmentation(network: Encoder, samples: Samples, preprocess: PreprocessConfig) -> Scores:
    names = CLASSES[samples.kind]
    both, either = np.zeros(len(names)), np.zeros(len(names))
    with torch.inference_mode():
        for rows in _batches(len(samples)):
            known = [r for r in rows.tolist() if samples.pixels[samples.part[r]] is not None]
            if not known:
                continue
            index = np.array(known, np.intp)
            maps = network.maps(real_values(samples.pairs(index), preprocess))
            got = network.heads["segmentation"](maps).argmax(1).numpy()
            truth = np.stack([_truth(samples, row) for row in known])
            for number in range(len(names)):
                hits, wants = (got == number) & (truth != UNKNOWN), truth == number
                both[number] += (hits & wants).sum()
                either[number] += (hits | wants).sum()
    return {name: float(b / e) for name, b, e in zip(names, both, either, strict=True) if e > 0}


def _truth(samples: Samples, row: int) -> NDArray[np.uint8]:
    pixels = samples.pixels[samples.part[row]]
    assert pixels is not None  # noqa: S101 - the caller chose such rows
    step = SIDE // GRID
    return np.asarray(pixels[samples.row[row]][::step, ::step])


def _attention(
    network: Encoder, samples: Samples, preprocess: PreprocessConfig, *, cover_of: CoverOf
) -> Scores:
    weights: dict[bool, list[Rows]] = {True: [], False: []}
    with torch.inference_mode():
        for rows in _batches(len(samples)):
            covers = [cover_of(row) for row in rows.tolist()]
            x_BCHW = real_values(samples.pairs(rows), preprocess)
            cover_batch(x_BCHW, covers, preprocess)
            attention = network.maps(x_BCHW).attention.numpy()
            is_seen = seen_regions(covers) >= _HIDDEN
            for wanted, kept in weights.items():
                kept.append(attention[is_seen == wanted])
    means = {key: float(np.concatenate(kept).mean()) for key, kept in weights.items()}
    return {"seen": means[True], "hidden": means[False]}
