from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs torch")

from mien.config import PreprocessConfig  # noqa: E402
from mien.errors import ConfigError, TrainError  # noqa: E402
from mien.train.checkpoint import TrainedModel, load_trained, save_trained  # noqa: E402
from mien.train.config import TrainConfig  # noqa: E402
from mien.train.network import make_network  # noqa: E402
from mien.train.targets import KINDS  # noqa: E402
from mien.train.wearer_heads import WearerHeadsConfig, train_wearer_heads  # noqa: E402

HEADS = ("heads.identity.", "heads.emotion.")


@pytest.fixture(scope="module")
def visits(toy_sessions: list[Path], tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ...]:
    """Two wearers of one headset who felt anger now and then."""
    folder, found = tmp_path_factory.mktemp("visits"), []
    for number, toy in enumerate(toy_sessions[:2]):
        path = folder / f"visit{number}"
        shutil.copytree(toy, path)
        with (path / "session.toml").open("r+", encoding="utf-8") as file:
            text = file.read()
            file.seek(0)
            file.write("headset = 0\n" + text)
        t_ns = np.loadtxt(path / "truth.csv", delimiter=",", skiprows=1, usecols=0)
        columns = "t_ns,lid_aperture_left_mm,lid_aperture_right_mm,emotion,emotion_intensity"
        rows = [
            f"{int(t)},9.0,9.0,{'anger' if row % 2 else 'fear'},{row % 2:.1f}"
            for row, t in enumerate(t_ns)
        ]
        (path / "truth_scene.csv").write_text("\n".join([columns, *rows]) + "\n", "utf-8")
        found.append(path)
    return tuple(found)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that learnt nothing yet."""
    folder = tmp_path_factory.mktemp("begun")
    model = TrainedModel(
        networks={kind: make_network(kind, width=0.25) for kind in KINDS},
        width=0.25,
        calibration={kind: np.zeros((1, 2, 128, 128), np.int8) for kind in KINDS},
        preprocess=PreprocessConfig(),
        trained=(),
        training={"run": "begun"},
        metrics={},
        fusion={},
        verification={"kept": 0.8},
    )
    save_trained(folder / "model.pt", model)
    return folder


def settings(run: Path, visits: tuple[Path, ...], out: Path, cache: Path) -> WearerHeadsConfig:
    return WearerHeadsConfig(
        run=run, sessions=visits, out=out, identity_epochs=2, emotion_epochs=2, cache=cache
    )


def test_only_the_two_heads_change(
    run: Path, toy_config: TrainConfig, visits: tuple[Path, ...], tmp_path: Path
) -> None:
    assert toy_config.cache is not None
    config = settings(run, visits, tmp_path, toy_config.cache)
    before, after = load_trained(run), load_trained(train_wearer_heads(config))
    for kind in KINDS:
        old, new = before.networks[kind].state_dict(), after.networks[kind].state_dict()
        for name, tensor in old.items():
            is_same = bool((tensor == new[name]).all())
            assert is_same or name.startswith(HEADS), name
        assert any((old[n] != new[n]).any() for n in old if n.startswith(HEADS[0]))
        assert any((old[n] != new[n]).any() for n in old if n.startswith(HEADS[1]))
    assert after.training["wearer_heads"]["wearers"] == 2
    assert after.verification == before.verification
    again = load_trained(train_wearer_heads(config))
    for name, tensor in after.networks["eye"].state_dict().items():
        assert (tensor == again.networks["eye"].state_dict()[name]).all(), name


def test_sessions_in_which_nothing_is_felt_are_refused(
    run: Path, toy_sessions: list[Path], toy_config: TrainConfig, tmp_path: Path
) -> None:
    assert toy_config.cache is not None
    config = settings(run, tuple(toy_sessions[:2]), tmp_path, toy_config.cache)
    with pytest.raises(TrainError, match="expected emotions in the sessions, got none"):
        train_wearer_heads(config)


def test_settings_out_of_range_are_refused() -> None:
    with pytest.raises(ConfigError, match="unknown_share"):
        WearerHeadsConfig(run=Path(), sessions=(), out=Path(), unknown_share=1.5)
