from __future__ import annotations

import json
from dataclasses import fields, replace

import pytest

torch = pytest.importorskip("torch", reason="needs torch")

from mien import cli  # noqa: E402
from mien.errors import ConfigError, TrainError  # noqa: E402
from mien.study.sweep_page import sweep_markdown  # noqa: E402
from mien.train.config import AugmentConfig, TrainConfig  # noqa: E402
from mien.train.fit import train  # noqa: E402
from mien.train.run_file import run_text, with_settings  # noqa: E402
from mien.train.sweep import Sweep, run_sweep  # noqa: E402

pytestmark = pytest.mark.train


@pytest.fixture
def settings(toy_config, tmp_path):
    short = replace(toy_config, epochs=1, out=tmp_path / "sweep")
    return {field.name: getattr(short, field.name) for field in fields(TrainConfig)}


def test_a_setting_is_changed_by_name_also_within_a_table(settings):
    changed = with_settings(settings, {"epochs": "7", "augment.bend": "0.02"})
    assert changed["epochs"] == 7
    assert changed["augment"] == replace(settings["augment"], bend=0.02)
    assert with_settings({}, {"augment.bend": "0.02"})["augment"] == AugmentConfig(bend=0.02)
    assert with_settings({}, {"labels": "some/labels.parquet"})["labels"] == "some/labels.parquet"


def test_settings_that_only_fit_together_are_changed_together():
    changes = {"occlusion.smallest": "0.45", "occlusion.largest": "0.5"}
    occlusion = with_settings({}, changes)["occlusion"]
    assert (occlusion.smallest, occlusion.largest) == (0.45, 0.5)
    with pytest.raises(ConfigError, match=r"occlusion\.largest"):
        with_settings({}, {"occlusion.smallest": "0.45"})


@pytest.mark.parametrize(
    ("key", "text", "told"),
    [
        ("epoch", "3", "epoch: expected a known key"),
        ("augment.bent", "3", "augment.bent: expected a known key, .* did you mean bend"),
        ("augmen.bend", "0", "augmen: expected a known key, .* did you mean augment"),
        ("augment.bend", "3", r"augment\.bend: expected"),
        ("epochs.much", "3", "epochs: expected a value, got epochs.much"),
        ("epochs", "many", "epochs: expected a whole number, got 'many'"),
    ],
)
def test_a_setting_that_does_not_fit_is_refused(key, text, told):
    with pytest.raises(ConfigError, match=told):
        with_settings({}, {key: text})


def test_every_combination_is_trained_once_and_the_best_comes_first(settings, monkeypatch):
    sweep = Sweep(settings=settings, choices={"learning_rate": ("0.00001", "0.004")}, seeds=2)
    ended: list[str] = []
    tried = run_sweep(sweep, on_step=ended.append)
    assert len(ended) == 4
    assert [len(one["runs"]) for one in tried] == [2, 2]
    assert tried[0]["mean_r"] >= tried[1]["mean_r"]
    assert tried[0]["mean_r"] == pytest.approx(sum(run["mean_r"] for run in tried[0]["runs"]) / 2)
    monkeypatch.setattr("mien.train.sweep.train", None)  # what is finished is not trained again
    assert run_sweep(sweep) == tried
    with pytest.raises(TypeError):
        run_sweep(replace(sweep, settings={**settings, "batch": 8}))
    result = min(settings["out"].glob("*/result.json"))
    result.write_text("")  # killed while it was written by hand
    with pytest.raises(TypeError):
        run_sweep(sweep)


def test_a_run_that_fails_is_told_of_and_the_others_go_on(settings):
    sweep = Sweep(settings=settings, choices={"learning_rate": ("1.0", "0.002")}, seeds=1)

    def fails(config):
        if config.learning_rate == 1.0:
            raise TrainError("expected a finite loss, got nan")
        return train(config)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("mien.train.sweep.train", fails)
        tried = run_sweep(sweep)
    assert [one["choice"]["learning_rate"] for one in tried] == ["0.002", "1.0"]
    assert tried[1]["mean_mae"] is None
    page = sweep_markdown(tried, command="mien sweep")
    assert "| 1.0 | 1 | - | - | expected a finite loss, got nan |" in page


def test_a_run_file_is_completed_as_for_one_run(settings, toy_sessions, tmp_path, capsys):
    config = tmp_path / "run.toml"
    options = ["sweep", "--config", str(config), "--vary", "batch=16", "--out", str(tmp_path / "o")]
    config.write_text("epochs = 1\n", encoding="utf-8")
    assert cli.main(options) == 2
    assert "sessions: expected at least one, got none" in capsys.readouterr().err
    folder = {**settings, "sessions": (toy_sessions[0].parent,), "labels": str(tmp_path / "none")}
    config.write_text(run_text(folder), encoding="utf-8")
    assert cli.main(options) == 2
    assert "validation_sessions: expected none of sessions" in capsys.readouterr().err
    missing = {**settings, "labels": str(tmp_path / "none.parquet")}
    config.write_text(run_text(missing), encoding="utf-8")
    assert cli.main(options) == 2
    assert "none.parquet: expected a label file" in capsys.readouterr().err
    assert not (tmp_path / "o").exists()
    assert cli.main([*options, "--vary", "batch=32"]) == 2
    assert "--vary: expected batch once, got it twice" in capsys.readouterr().err


def test_what_cannot_vary_is_refused_before_anything_is_trained(settings):
    for choices, told in (
        ({"seed": ("1", "2")}, "seed: expected a setting that may vary"),
        ({"epochs": ("1", "1")}, "epochs: expected different values, got 1,1"),
    ):
        with pytest.raises(ConfigError, match=told):
            Sweep(settings=settings, choices=choices)
    with pytest.raises(ConfigError, match="epochs: expected"):
        run_sweep(Sweep(settings=settings, choices={"epochs": ("1", "0")}))
    assert not settings["out"].exists()


@pytest.mark.slow
def test_a_ray_cluster_gives_the_same_table(settings, tmp_path, capsys):
    pytest.importorskip("ray", reason="not installed: ray")
    pytest.importorskip("matplotlib")
    config = tmp_path / "run.toml"
    config.write_text(run_text(settings), encoding="utf-8")
    told = {}
    for name, more in (("here", []), ("ray", ["--ray", "local", "--workers", "2"])):
        out = tmp_path / name
        options = ["--config", str(config), "--vary", "batch=16,32", "--seeds", "1", *more]
        assert cli.main(["sweep", *options, "--out", str(out)]) == 0
        assert "| batch | runs | mean r | MAE | failed |" in capsys.readouterr().out
        told[name] = json.loads((out / "sweep.json").read_text(encoding="utf-8"))
    assert told["here"]["tried"] == told["ray"]["tried"]
