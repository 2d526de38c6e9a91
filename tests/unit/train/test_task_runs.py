"""Runs over the toy sessions with rules for the task weights."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace

import pytest

torch = pytest.importorskip("torch", reason="needs torch")

from mien.errors import TrainError  # noqa: E402
from mien.train.checkpoint import load_trained, read_state  # noqa: E402
from mien.train.fit import train  # noqa: E402
from mien.train.task_weights.config import MetaConfig, TaskConfig  # noqa: E402
from mien.train.task_weights.curve import CURVE_FILE  # noqa: E402

pytestmark = pytest.mark.train

META = TaskConfig(
    policy="meta", meta=MetaConfig(interval=2, learn_every=4, rate=0.3, judged=16, hidden=4)
)
BOTH = {"units", "attention", "boxes"}
TOLD = {"eye": BOTH | {"gaze_lid", "fallback"}, "mouth": BOTH}


@pytest.fixture(scope="module")
def short(toy_config):
    """Two epochs of few large batches, for everything here is about the weights."""
    return replace(toy_config, epochs=2, batch=32)


@pytest.fixture(scope="module")
def meta_run(short, tmp_path_factory):
    return train(replace(short, tasks=META, out=tmp_path_factory.mktemp("meta")))


def lines_of(run, kind):
    text = (run.parent / CURVE_FILE).read_text(encoding="utf-8")
    return [one for one in map(json.loads, text.splitlines()) if one["kind"] == kind]


def same_networks(first, second):
    pairs = [
        (weight, load_trained(second).networks[kind].state_dict()[name])
        for kind, network in load_trained(first).networks.items()
        for name, weight in network.state_dict().items()
    ]
    return all(torch.equal(a, b) for a, b in pairs)


def test_the_curve_of_a_run_lies_beside_it(meta_run):
    for kind, tasks in TOLD.items():
        lines = lines_of(meta_run, kind)
        assert [one["step"] for one in lines[:3]] == [0, 2, 4]
        for one in lines:
            assert set(one["weights"]) == tasks
            assert sum(one["weights"].values()) == pytest.approx(len(tasks), abs=1e-4)
        assert lines[0]["weights"] != lines[-1]["weights"]


@pytest.mark.slow
def test_a_replay_gives_the_same_network_without_the_meta_network(short, meta_run, tmp_path):
    tasks = TaskConfig(policy="replay", replay=str(meta_run.parent))
    again = train(replace(short, tasks=tasks, out=tmp_path))
    assert same_networks(meta_run, again)
    assert (tmp_path / CURVE_FILE).read_text() == (meta_run.parent / CURVE_FILE).read_text()
    plain = train(replace(short, out=tmp_path / "plain"))
    assert not same_networks(meta_run, plain)


def test_only_the_child_is_in_the_model(meta_run):
    assert "policy" in read_state(meta_run.parent / "run.pt")["tracks"]["eye"]["learner"]["weigher"]
    names = [name for kind in read_state(meta_run)["networks"].values() for name in kind]
    assert names
    assert not [name for name in names if name.startswith(("cell.", "mean."))]


@pytest.mark.slow
def test_a_run_killed_between_two_words_goes_on_with_the_same_meta_network(
    short, meta_run, tmp_path
):
    script = """
import os, sys, pickle
from mien.train.fit import train
import mien.train.fit as fit
config = pickle.load(open(sys.argv[1], "rb"))
keep = fit._Keeper._write_state
def write(self):
    keep(self)
    if min(t.learner.done for t in self._tracks.values()) >= 7:
        os.kill(os.getpid(), 9)
fit._Keeper._write_state = write
train(config)
"""
    import pickle

    stopped = replace(short, tasks=META, out=tmp_path / "run", save_minutes=0.0)
    (tmp_path / "config").write_bytes(pickle.dumps(stopped))
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "config")], check=False, capture_output=True
    )
    assert done.returncode == -9, done.stderr.decode()
    resumed = train(stopped)
    assert same_networks(meta_run, resumed)
    assert lines_of(resumed, "eye") == lines_of(meta_run, "eye")


def test_a_replay_of_other_tasks_is_refused(short, meta_run, tmp_path):
    path = tmp_path / CURVE_FILE
    text = (meta_run.parent / CURVE_FILE).read_text()
    path.write_text(text.replace('"fallback"', '"identity"'))
    tasks = TaskConfig(policy="replay", replay=str(path))
    with pytest.raises(TrainError, match="expected weights of units, gaze_lid, fallback, atten"):
        train(replace(short, tasks=tasks, out=tmp_path / "run"))
