from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs torch")

from mien.errors import ConfigError  # noqa: E402
from mien.train.checkpoint import load_trained  # noqa: E402
from mien.train.config import AugmentConfig, OcclusionConfig  # noqa: E402
from mien.train.distribute import joined  # noqa: E402
from mien.train.fit import train  # noqa: E402
from mien.train.network import make_network  # noqa: E402

pytestmark = pytest.mark.train

RUN = """
import pickle, sys
from pathlib import Path
from mien.train.fit import train
train(pickle.loads(Path(sys.argv[1]).read_bytes()))
"""
# Two processes add the same float32 numbers in another order: 1e-7 of a gradient. AdamW divides a
# gradient by its size, so where one is nearly 0 a weight may go the other way by a whole step.
# With small steps little of that comes back into the loss; what is left in the change of the
# weights comes from those weights.
LEARNING_RATE = 1e-4
LOSS_TOLERANCE = 2e-4
CHANGE_TOLERANCE = 2e-3


def run_processes(config, tmp_path, *, count):
    import pickle

    settings = tmp_path / "settings.pkl"
    settings.write_bytes(pickle.dumps(config))
    script = tmp_path / "run.py"
    script.write_text(RUN, encoding="utf-8")
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    subprocess.run(
        [*torchrun, f"--nproc-per-node={count}", str(script), str(settings)],
        check=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        timeout=500,
    )
    return config.out / "model.pt"


def change(path, kind, config):
    """How far training moved the weights, flat."""
    start = make_network(kind, width=config.width, seed=config.seed).state_dict()
    end = load_trained(path).networks[kind].state_dict()
    return torch.cat(
        [(end[k] - w).double().flatten() for k, w in start.items() if w.is_floating_point()]
    )


def losses(path, kind):
    history = json.loads(path.with_name("history.json").read_text(encoding="utf-8"))
    return np.array([[e["loss"], e["validation_loss"]] for e in history[kind]])


@pytest.mark.slow
def test_two_processes_give_the_result_of_one(toy_config, tmp_path):
    config = replace(
        toy_config,
        epochs=2,
        augment=AugmentConfig(),
        occlusion=OcclusionConfig(),
        ema_decay=0.5,
        learning_rate=LEARNING_RATE,
    )
    one = train(replace(config, out=tmp_path / "one"))
    two = run_processes(replace(config, out=tmp_path / "two"), tmp_path, count=2)
    other = train(replace(config, out=tmp_path / "other", parts=2))
    for kind in ("eye", "mouth"):
        apart = np.abs(losses(one, kind) / losses(two, kind) - 1).max()
        moved = [change(path, kind, config) for path in (one, two, other)]
        wrong = [float((m - moved[0]).norm() / moved[0].norm()) for m in moved[1:]]
        assert apart < LOSS_TOLERANCE
        assert wrong[0] < CHANGE_TOLERANCE
        # The same batches with other chance: what a run that is not the same looks like.
        assert np.abs(losses(one, kind) / losses(other, kind) - 1).max() > 3 * LOSS_TOLERANCE
        assert wrong[1] > 3 * CHANGE_TOLERANCE


def test_more_processes_than_parts_are_refused(toy_config, monkeypatch):
    monkeypatch.setenv("WORLD_SIZE", "8")
    with (
        pytest.raises(ConfigError, match=r"parts: expected at least .* 8, got 4"),
        joined(toy_config),
    ):
        pass


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_gpu_that_is_not_there_is_refused(toy_config):
    with pytest.raises(ConfigError, match="device: expected a CUDA device"):
        train(replace(toy_config, device="cuda"))


@pytest.mark.parametrize("device", ["cpu", "cuda"])
def test_bfloat16_trains_to_about_the_same_float32_weights(toy_config, toy_model, tmp_path, device):
    if device == "cuda" and not torch.cuda.is_available():
        pytest.skip("needs a GPU")
    config = replace(toy_config, device=device, precision="bfloat16", out=tmp_path)
    trained = train(config)
    for kind, network in load_trained(trained).networks.items():
        assert {p.dtype for p in network.parameters()} == {torch.float32}
        assert abs(losses(trained, kind)[-1, 1] - losses(toy_model, kind)[-1, 1]) < 0.05
