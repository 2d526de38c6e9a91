from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs torch")
pytest.importorskip("litert_torch", reason="needs litert-torch")

from mien.runtime.model import Model  # noqa: E402
from mien.train.augment import real_values  # noqa: E402
from mien.train.checkpoint import load_trained  # noqa: E402
from mien.train.export import export  # noqa: E402
from mien.train.samples import load_samples  # noqa: E402
from mien.types import silent  # noqa: E402

pytestmark = [
    pytest.mark.train,
    pytest.mark.model,
    pytest.mark.filterwarnings("ignore"),  # the converter's own dependencies warn
]


def test_a_trained_network_keeps_its_values(toy_model, toy_config, tmp_path):
    trained = load_trained(toy_model)
    model = Model.load(export(toy_model.parent, tmp_path / "toy.tflite", is_forced=True))
    found = load_samples(
        toy_config.validation_sessions, "truth", config=toy_config, progress=silent, what="test"
    )
    for kind, samples in found.items():
        crops = samples.pairs(np.arange(0, len(samples), 2))
        with torch.no_grad():
            expected = trained.networks[kind](real_values(crops, trained.preprocess)).numpy()
        got = np.stack([getattr(model, kind)(*crop) for crop in crops])
        assert np.abs(got - expected).max() < 0.03
        assert np.abs(got - expected).mean() < 0.006
    assert model.info.trained == trained.trained
    assert dict(model.info.metrics) == trained.metrics
