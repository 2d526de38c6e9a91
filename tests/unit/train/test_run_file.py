from __future__ import annotations

from pathlib import Path

import pytest

from mien import cli
from mien.errors import ConfigError
from mien.train.config import AugmentConfig, OcclusionConfig, TrainConfig
from mien.train.run_file import read_run_file, run_text

WHOLE = """
sessions = ["a", "b"]
validation_sessions = ["c"]
out = "runs/one"
epochs = 3
learning_rate = 1
tensorboard = true

[augment]
shift = 0.01

[samples.preprocess]
window_px = 21
"""


@pytest.fixture
def written(tmp_path):
    def write(text):
        path = tmp_path / "run.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_a_file_gives_a_run(written):
    config = TrainConfig(**read_run_file(written(WHOLE)))
    assert config.sessions == (Path("a"), Path("b"))
    assert (config.epochs, config.learning_rate, config.tensorboard) == (3, 1.0, True)
    assert config.augment == AugmentConfig(shift=0.01)
    assert config.samples.preprocess.window_px == 21
    assert config.occlusion == OcclusionConfig()


def test_what_is_printed_reads_as_the_same_run(written):
    settings = read_run_file(written(WHOLE))
    again = read_run_file(written(run_text(settings)))
    assert TrainConfig(**again) == TrainConfig(**settings)
    assert again["occlusion"] == OcclusionConfig()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("epoch = 3", "run.toml: epoch: expected a known key, got epoch; did you mean epochs"),
        ("[augment]\nshift_px = 1", "augment.shift_px: expected a known key, .* mean shift"),
        ("zebra = 3", "zebra: expected a known key, got zebra; known are sessions, "),
        ("epochs = 3.5", "epochs: expected a whole number, got 3.5"),
        ("epochs = true", "epochs: expected a whole number, got True"),
        ("tensorboard = 1", "tensorboard: expected true or false, got 1"),
        ("sessions = 'a'", "sessions: expected a list, got 'a'"),
        ("sessions = [1]", "sessions: expected text, got 1"),
        ("augment = 3", "augment: expected a table, got 3"),
        ("[augment]\nshift = 3", "run.toml: augment.shift: expected 0..0.5, got 3"),
        ("[samples.preprocess]\nwindow_px = 500", "samples.preprocess.window_px: expected 9..127"),
        ("epochs = ", "run.toml.*: expected TOML, got: "),
    ],
)
def test_what_a_run_does_not_know_is_refused_by_name(written, text, message):
    with pytest.raises(ConfigError, match=message):
        read_run_file(written(text))


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"device": "tpu"}, "device: expected one of auto, cpu, cuda, got tpu"),
        ({"precision": "int4"}, "precision: expected one of auto, float32, bfloat16, got int4"),
        ({"patience": -1}, r"patience: expected 0\.\.10000, got -1"),
        ({"parts": 9, "batch": 8}, r"parts: expected 1\.\.8, got 9"),
    ],
)
def test_values_out_of_range_are_refused(setting, message):
    with pytest.raises(ConfigError, match=message):
        TrainConfig(
            sessions=(Path("a"),), validation_sessions=(Path("b"),), out=Path("c"), **setting
        )


def test_the_command_line_wins_over_the_file(written, capsys):
    pytest.importorskip("matplotlib")
    path = written("epochs = 3\nbatch = 32\n")
    assert cli.main(["train", "--config", str(path), "--epochs", "5", "--print-config"]) == 0
    printed = read_run_file(written(capsys.readouterr().out))
    assert (printed["epochs"], printed["batch"]) == (5, 32)
    assert cli.main(["train", "--config", str(path)]) == 2
    assert "sessions: expected at least one, got none" in capsys.readouterr().err
