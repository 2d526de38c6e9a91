from __future__ import annotations

import numpy as np
import pytest

from mien import schema
from mien.config import CROP_SIZE, TrackerConfig
from mien.runtime.fusion import route
from mien.runtime.identity import CropIdentity, recognise
from mien.runtime.profile import CameraProfile, Profile, ProfileFolder
from mien.runtime.tracker import Tracker

IDENTITY = CropIdentity()
STILL = TrackerConfig(is_adaptive=False)


def crop_of(person, *, shift=0, seed=0):
    """A smooth crop of somebody, with noise; the headset sits `shift` pixels further right."""
    rng = np.random.default_rng(person)
    coarse = rng.normal(0, 30, (CROP_SIZE // 16, CROP_SIZE // 16))
    smooth = np.kron(coarse, np.ones((16, 16)))
    noise = np.random.default_rng(1_000 + seed).normal(0, 8, smooth.shape)
    return np.clip(np.roll(smooth, shift, axis=1) + noise, -128, 127).astype(np.int8)


def signature(person, **kind):
    return {name: IDENTITY.vector(name, crop_of(person, **kind)) for name in schema.CAMERAS}


def test_everybody_is_recognised_though_the_headset_sits_elsewhere():
    known = [(person, signature(person)) for person in range(6)]
    for person in range(6):
        found, likeness = recognise(signature(person, shift=8, seed=person), known, IDENTITY)
        assert found == person
        assert likeness > 0.6


def test_a_stranger_is_nobody():
    known = [(person, signature(person)) for person in range(6)]
    assert recognise(signature(7), known, IDENTITY)[0] is None
    assert recognise(signature(7), [], IDENTITY)[0] is None


def test_who_has_two_profiles_is_not_told_apart():
    twice = [(name, signature(1, seed=k)) for k, name in enumerate(("ada", "ada again"))]
    assert recognise(signature(1, seed=5), twice, IDENTITY)[0] is None


def test_cameras_that_only_one_side_has_do_not_count():
    eye = {"eye_left": signature(1)["eye_left"]}
    assert recognise(eye, [("ada", signature(1))], IDENTITY)[0] == "ada"
    assert recognise(eye, [("ada", {"mouth": signature(1)["mouth"]})], IDENTITY)[0] is None


def profile_of(bench, wearer, dark_at):
    """A profile whose signature is of frames with the dark disc at a place."""
    tracker = Tracker(bench.probe(), config=STILL)
    list(tracker.track(bench.source(bench.frames(count=60, dark_at=dark_at))))
    made = {
        name: tracker.identity.vector(name, p.neutral_crop) for name, p in tracker.paths.items()
    }
    cameras = {}
    for name, path in tracker.paths.items():
        width = len(route(name).names)
        gain = np.full(width, 0.5, np.float32)
        cameras[name] = CameraProfile(path.neutral_crop.copy(), gain, np.zeros(width, np.float32))
    return Profile(wearer, "", cameras, {}, made, tracker.identity.kind)


@pytest.fixture
def device(bench, tmp_path):
    folder = ProfileFolder(tmp_path)
    for wearer, dark_at in (("ada", 0.25), ("ben", 0.75)):
        folder.save(profile_of(bench, wearer, dark_at))
    return folder


@pytest.mark.parametrize(("dark_at", "wearer"), [(0.25, "ada"), (0.75, "ben")])
def test_the_right_profile_is_picked_in_the_first_second(bench, device, dark_at, wearer):
    tracker = Tracker(bench.probe(), config=STILL)
    tracker.choose(device.all())
    frames = bench.frames(count=120, dark_at=dark_at)
    who = {}
    for state in tracker.track(bench.source(frames)):
        who[state.t_ns - frames[0].t_ns] = tracker.health.wearer
    picked = [t_ns for t_ns, name in who.items() if name]
    assert {who[t_ns] for t_ns in picked} == {wearer}
    assert min(picked) < 1_000_000_000
    assert tracker.profile.wearer == wearer
    plain = list(Tracker(bench.probe(), config=STILL).track(bench.source(frames)))[-1]
    assert state.units["jaw_drop"] == pytest.approx(0.5 * plain.units["jaw_drop"], abs=1e-4)


def test_each_start_looks_anew_and_a_stranger_gets_no_profile(bench, device):
    tracker = Tracker(bench.probe(), config=STILL)
    tracker.choose(device.all())
    for dark_at, wearer in ((0.25, "ada"), (0.5, ""), (0.75, "ben")):
        list(tracker.track(bench.source(bench.frames(count=60, dark_at=dark_at))))
        assert tracker.health.wearer == wearer
        assert (tracker.profile is not None) == bool(wearer)


def test_using_a_profile_ends_the_choice(bench, device):
    tracker = Tracker(bench.probe(), config=STILL)
    tracker.choose(device.all())
    tracker.use(None)
    list(tracker.track(bench.source(bench.frames(count=60, dark_at=0.25))))
    assert (tracker.health.wearer, tracker.profile) == ("", None)


def test_without_leave_a_profile_holds_no_signature_and_is_never_picked(bench, device):
    ada = device.load("ada")
    assert set(ada.signature) == set(schema.CAMERAS)
    plain = Profile(ada.wearer, ada.model, ada.cameras)
    path = ProfileFolder(device.path / "other").save(plain)
    assert Profile.load(path).signature == {}
    tracker = Tracker(bench.probe(), config=STILL)
    tracker.choose([Profile.load(path)])
    list(tracker.track(bench.source(bench.frames(count=60, dark_at=0.25))))
    assert tracker.profile is None


def test_a_damaged_file_costs_nobody_else_their_profile(device, caplog):
    device.file_of("ben").write_bytes(b"torn")
    assert [one.wearer for one in device.all()] == ["ada"]
    assert "enrol again" in caplog.text
