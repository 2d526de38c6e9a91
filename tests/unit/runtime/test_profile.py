from __future__ import annotations

import os
import stat
from dataclasses import replace

import numpy as np
import pytest

from mien import schema
from mien.config import CROP_SIZE, TrackerConfig
from mien.errors import ConfigError
from mien.runtime.fusion import route
from mien.runtime.profile import CameraProfile, Profile, ProfileFolder
from mien.runtime.tracker import Tracker


def camera_profile(camera, *, gain=1.0, offset=0.0):
    width = len(route(camera).names)
    rng = np.random.default_rng(1)
    return CameraProfile(
        rng.integers(-128, 128, (CROP_SIZE, CROP_SIZE), np.int8),
        np.full(width, gain, np.float32),
        np.full(width, offset, np.float32),
    )


def profile(**kind):
    cameras = {camera: camera_profile(camera, **kind) for camera in schema.CAMERAS}
    return Profile("ada", "", cameras, {"error_before": 0.2, "error_after": 0.1})


def test_a_profile_comes_back_from_its_file_as_it_was(tmp_path):
    path = profile(gain=1.25).save(tmp_path / "deep" / "ada.mien-profile")
    again = Profile.load(path)
    assert (again.wearer, again.model, again.quality) == ("ada", "", profile().quality)
    for name, one in profile(gain=1.25).cameras.items():
        other = again.cameras[name]
        assert np.array_equal(one.neutral, other.neutral)
        assert np.array_equal(one.gain, other.gain)
        assert np.array_equal(one.offset, other.offset)


def test_only_the_owner_can_read_the_file(tmp_path):
    path = profile().save(tmp_path / "ada.mien-profile")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_write_that_fails_leaves_the_old_file_and_no_other(tmp_path, monkeypatch):
    path = profile().save(tmp_path / "ada.mien-profile")
    before = path.read_bytes()

    def full(_handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ConfigError, match="No space left"):
        profile(gain=1.1).save(path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("damage", ["missing", "empty", "cut", "text", "version", "shape", "nan"])
def test_a_file_that_is_no_profile_is_refused_with_the_remedy(tmp_path, damage, monkeypatch):
    path = tmp_path / "ada.mien-profile"
    if damage == "version":
        monkeypatch.setattr("mien.runtime.profile.VERSION", 99)
    wrong = profile()
    if damage == "shape":
        wrong.cameras["mouth"] = replace(wrong.cameras["mouth"], gain=np.ones(3, np.float32))
    if damage == "nan":
        wrong.cameras["mouth"].offset[2] = np.nan
    wrong.save(path)
    monkeypatch.undo()
    content = path.read_bytes()
    if damage == "missing":
        path.unlink()
    elif damage in {"empty", "cut", "text"}:
        path.write_bytes(
            {"empty": b"", "cut": content[: len(content) // 2], "text": b"hello" * 9}[damage]
        )
    with pytest.raises(ConfigError, match="enrol again"):
        Profile.load(path)


def test_a_folder_holds_one_file_per_wearer(tmp_path):
    folder = ProfileFolder(tmp_path)
    assert folder.wearers() == []
    for wearer in ("bob", "ada"):
        folder.save(replace(profile(), wearer=wearer))
    folder.save(replace(profile(gain=1.2), wearer="bob"))
    assert folder.wearers() == ["ada", "bob"]
    assert folder.load("bob").cameras["mouth"].gain[0] == np.float32(1.2)


@pytest.mark.parametrize("wearer", ["", "../ada", "a/b", ".hidden"])
def test_a_wearer_whose_name_is_no_file_name_is_refused(tmp_path, wearer):
    with pytest.raises(ConfigError, match="wearer: expected a name"):
        ProfileFolder(tmp_path).file_of(wearer)


def test_a_profile_in_use_changes_what_is_tracked_and_survives_a_start(bench):
    config = TrackerConfig(is_adaptive=False)
    tracker = Tracker(bench.probe(), config=config)
    plain = list(tracker.track(bench.source(bench.frames())))[-1].units
    tracker.use(profile(gain=0.5, offset=0.1))
    for _ in range(2):
        state = list(tracker.track(bench.source(bench.frames())))[-1]
        assert state.units["jaw_drop"] == pytest.approx(0.5 * plain["jaw_drop"] + 0.1, abs=1e-5)
    tracker.use(profile(gain=9.0))
    state = list(tracker.track(bench.source(bench.frames())))[-1]
    assert state.values.max() <= 1
    tracker.use(None)
    state = list(tracker.track(bench.source(bench.frames())))[-1]
    assert state.units["jaw_drop"] == plain["jaw_drop"]


def test_a_profile_of_another_network_is_refused(bench):
    with pytest.raises(ConfigError, match="got other; enrol again"):
        Tracker(bench.probe()).use(replace(profile(), model="other"))
