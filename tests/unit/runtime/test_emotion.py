"""What is felt is told by all cameras together, with the vector of a wearer who agreed to it."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

import numpy as np
import pytest

from mien.errors import ModelError
from mien.runtime.emotion import EMOTIONS
from mien.runtime.network_identity import NetworkIdentity
from mien.runtime.profile import Profile
from mien.runtime.tracker import Tracker
from mien.runtime.wearer_vector import VECTOR_SIZE

ANGER = EMOTIONS.index("anger")


@pytest.fixture
def feeling(bench):
    class FeelingModel(bench.probe):
        """Eyes feel the class that the vector's first number names, mouths nothing."""

        def __init__(self):
            super().__init__()
            scenes = {"eye_scene": ("identity",), "mouth_scene": ("identity",)}
            self.info = replace(
                self.info,
                fingerprint="abc",
                signatures=MappingProxyType({**self.info.signatures, **scenes}),
            )

        def beside_units(self, kind, output):
            return np.full(64, float(kind == "eye"), np.float32) if output == "feature" else None

        def emotion(self, kind, feature, vector):
            logits = np.zeros(len(EMOTIONS), np.float32)
            logits[int(vector[0])] = 4.0 * feature[0]
            assert (kind == "eye") == bool(feature[0])
            return logits

        def scene(self, kind, quant, neutral):
            assert neutral is quant
            return {"identity": np.full(VECTOR_SIZE, 1.0 + (kind == "mouth"), np.float32)}

    return FeelingModel()


def test_the_cameras_say_it_together(bench, feeling):
    tracker = Tracker(feeling)
    tracker.start(bench.rig)
    assert tracker.emotion() is None, "nothing was seen yet"
    for frame in bench.frames(count=1):
        tracker.step(frame)
    told = tracker.emotion()
    assert sum(told.values()) == pytest.approx(1, abs=1e-5)
    assert max(told, key=told.get) == "neutral"
    # Two eyes of three cameras say 4, the mouth 0.
    assert told["neutral"] / told["anger"] == pytest.approx(np.exp(8 / 3), rel=1e-3)


def test_a_wearer_who_agreed_lends_their_vector(bench, feeling):
    vector = np.zeros(VECTOR_SIZE, np.float32)
    vector[0] = ANGER
    signature = {"eye_left": vector, "eye_right": vector}
    known = Profile("a", "abc", {}, {}, signature, "network-abc")
    for profile, felt in ((known, "anger"), (replace(known, signature_kind="crop-1"), "neutral")):
        tracker = Tracker(feeling)
        tracker.use(profile)
        tracker.start(bench.rig)
        for frame in bench.frames(["eye_left", "eye_right"], count=1):
            tracker.step(frame)
        told = tracker.emotion()
        assert max(told, key=told.get) == felt


def test_the_network_tells_wearers_apart_by_vectors_of_length_one(feeling):
    identity = NetworkIdentity(feeling)
    one = identity.vector("eye_left", np.zeros((128, 128), np.int8))
    assert np.linalg.norm(one) == pytest.approx(1)
    assert identity.kind == "network-abc"
    assert identity.likeness(one, one) == pytest.approx(1)


def test_a_model_without_the_head_is_refused(bench):
    with pytest.raises(ModelError, match="expected an identity head, got none"):
        NetworkIdentity(bench.probe())
