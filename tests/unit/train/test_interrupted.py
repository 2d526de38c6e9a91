"""Runs that are killed, wherever it happens."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
import time
from dataclasses import replace

import pytest

torch = pytest.importorskip("torch", reason="needs torch")

from mien.errors import TrainError  # noqa: E402
from mien.train.checkpoint import load_trained, read_state, write_state  # noqa: E402
from mien.train.config import AugmentConfig, OcclusionConfig  # noqa: E402
from mien.train.distribute import Place  # noqa: E402
from mien.train.fit import train  # noqa: E402
from mien.train.learner import Learner  # noqa: E402
from mien.train.samples import load_samples  # noqa: E402
from mien.types import silent  # noqa: E402

pytestmark = pytest.mark.train

RUN = """
import pickle, sys
from pathlib import Path
from mien.train.fit import train
train(pickle.loads(Path(sys.argv[1]).read_bytes()))
"""


def history(path):
    found = json.loads((path / "history.json").read_text(encoding="utf-8"))
    return {
        kind: [{k: v for k, v in entry.items() if k != "seconds"} for entry in entries]
        for kind, entries in found.items()
    }


def kill_when(process, is_time):
    while not is_time():
        assert process.poll() is None, "it ended before it could be killed"
        time.sleep(0.005)
    process.kill()
    process.wait()


def steps_done(path):
    tracks = read_state(path)["tracks"].values() if path.exists() else []
    return [(t["learner"]["epoch"], t["learner"]["step"]) for t in tracks]


@pytest.mark.slow
def test_a_run_killed_within_epochs_goes_on_with_the_same_loss_curve(toy_config, tmp_path):
    config = replace(
        toy_config, epochs=3, augment=AugmentConfig(), occlusion=OcclusionConfig(), save_minutes=0
    )
    settings, script = tmp_path / "settings.pkl", tmp_path / "run.py"
    killed = replace(config, out=tmp_path / "killed")
    settings.write_bytes(pickle.dumps(killed))
    script.write_text(RUN, encoding="utf-8")
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    state = killed.out / "run.pt"
    seen = []
    for epoch, step in ((0, 5), (1, 3)):
        process = subprocess.Popen([sys.executable, str(script), str(settings)], env=environment)
        kill_when(process, lambda at=(epoch, step): max(steps_done(state), default=(0, 0)) >= at)
        seen.append(steps_done(state))
    # Both were stopped within an epoch, and the second went on from the first.
    assert any(step for _, step in seen[0])
    assert any(step for _, step in seen[1])
    assert max(seen[1]) > max(seen[0])
    resumed = train(killed)
    whole = train(replace(config, out=tmp_path / "whole", save_minutes=5))
    assert history(resumed.parent) == history(whole.parent)
    for kind, network in load_trained(whole).networks.items():
        other = load_trained(resumed).networks[kind].state_dict()
        assert all(torch.equal(weight, other[k]) for k, weight in network.state_dict().items())


def test_a_kill_in_the_middle_of_writing_leaves_the_old_state(tmp_path):
    path = tmp_path / "run.pt"
    write_state(path, {"step": 1})

    def killed_half_way(pid):
        script = (
            "import os, sys, torch, mien.train.checkpoint as c\n"
            "real = torch.save\n"
            "def save(state, file):\n"
            "    real(state, file); file.truncate(file.tell() // 2); file.flush()\n"
            "    os.kill(os.getpid(), 9)\n"
            "torch.save = save\n"
            "from pathlib import Path\n"
            "c.write_state(Path(sys.argv[1]), {'step': 2})\n"
        )
        return subprocess.run([sys.executable, "-c", script, pid], check=False).returncode

    assert killed_half_way(str(path)) == -9
    assert path.with_name("run.pt.part").exists()
    assert read_state(path) == {"step": 1}
    write_state(path, {"step": 3})
    assert read_state(path) == {"step": 3}


def test_a_network_that_no_longer_gains_stops(toy_config, tmp_path):
    path = train(replace(toy_config, out=tmp_path, epochs=60, patience=1, shuffle_labels=True))
    model, told = load_trained(path), history(tmp_path)
    for kind, epochs in told.items():
        best = model.training["epochs"][kind]
        assert len(epochs) == best + 1 < 60
        assert min(e["validation_loss"] for e in epochs) == epochs[best - 1]["validation_loss"]


def test_a_loss_that_is_not_finite_ends_the_run_with_a_reason(toy_config):
    samples = load_samples(
        toy_config.sessions, "truth", config=toy_config, progress=silent, what="test"
    )
    learner = Learner(samples["eye"], toy_config, Place(device=torch.device("cpu")))
    with torch.no_grad():
        next(learner.network.parameters()).fill_(float("nan"))
    with pytest.raises(TrainError, match="eye: expected a finite loss, got nan in step 1 of"):
        learner.run_epoch(silent, lambda: None)
