"""Writes `tiny_model.tflite`: a real int8 model file of 10 kB with fixed random weights.

Needs the training packages. Run it again only if the model file format changes:

    python tests/unit/runtime/make_tiny_model.py
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from mien import schema
from mien.config import PreprocessConfig
from mien.train.export import int8_body, output_quantisation
from mien.train.graphs import signature_names
from mien.train.maps import Maps
from mien.train.model_file import model_metadata, write_model_file

OUT = Path(__file__).with_name("tiny_model.tflite")


class TinyNetwork(nn.Module):
    """An 8x8 patch projection gated by attention, a mean over four quarters, and sigmoid units."""

    def __init__(self, outputs: int) -> None:
        super().__init__()
        self.patches = nn.Conv2d(2, 6, 16, stride=16)
        self.attention = nn.Conv2d(6, 1, 1)
        self.linear = nn.Linear(24, outputs)
        self.heads = nn.ModuleDict()

    def maps(self, x: Tensor) -> Maps:
        """As an encoder's, all maps of one size."""
        patches = torch.clamp(self.patches(x), 0, 6)
        attention = torch.sigmoid(self.attention(patches))
        feature = nn.functional.avg_pool2d(patches * attention, 4).flatten(1)
        return Maps(patches, patches, patches, patches, feature, attention)

    def units(self, maps: Maps) -> Tensor:
        """As an encoder's."""
        return torch.sigmoid(self.linear(maps.feature))


def main() -> None:
    """Write the file beside this script."""
    torch.manual_seed(7)
    networks = {
        "eye": TinyNetwork(len(schema.EYE_OUTPUTS)),
        "mouth": TinyNetwork(len(schema.MOUTH_OUTPUTS)),
    }
    preprocess = PreprocessConfig()
    rng = np.random.default_rng(7)
    crops = rng.integers(-100, 100, (16, 2, 128, 128), np.int8)
    body = int8_body(networks, {"eye": crops, "mouth": crops}, preprocess=preprocess)
    metadata = model_metadata(
        body,
        preprocess=preprocess,
        trained=[name for name in schema.VALUE_NAMES if name != "tongue_out"],
        outputs=output_quantisation(body),
        training={"run": "tiny", "seed": 7},
        metrics={},
        fusion={"cheek_raiser_left": {"eye": 0.75, "mouth": 0.25}},
        signatures=signature_names(networks),
    )
    write_model_file(OUT, body, metadata)


if __name__ == "__main__":
    main()
