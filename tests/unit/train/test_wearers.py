from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs torch")

from mien import schema  # noqa: E402
from mien.config import PreprocessConfig  # noqa: E402
from mien.errors import TrainError  # noqa: E402
from mien.runtime.emotion import EMOTIONS  # noqa: E402
from mien.runtime.wearer_vector import VECTOR_SIZE, likeness, wearer_vector  # noqa: E402
from mien.train.emotion_scores import (  # noqa: E402
    EYE_CLASSES,
    FIVE,
    OWN,
    SWAPPED,
    UNKNOWN,
    Felt,
    Said,
    said_five,
    score_views,
    scored,
)
from mien.train.identity_scores import enrolled_visits, picture_visits  # noqa: E402
from mien.train.instants import fused, instants  # noqa: E402
from mien.train.network import make_network  # noqa: E402
from mien.train.recognition import pairs  # noqa: E402
from mien.train.wearers import (  # noqa: E402
    ENROLLED_CROPS,
    Enrolments,
    cached_vectors,
    enrolment_rows,
    swapped_persons,
)

CROPS = 4
# Two headsets, each worn by two wearers, who came twice.
PEOPLE = [(person, person // 2, 2 * person + visit) for person in range(4) for visit in range(2)]


def drawn_samples(kind: schema.CameraKind, cameras: tuple[str, ...]) -> SimpleNamespace:
    rng = np.random.default_rng(0)
    parts = [(camera, who) for who in PEOPLE for camera in cameras]
    part = np.repeat(np.arange(len(parts)), CROPS)
    row = np.tile(np.arange(CROPS), len(parts))
    who = np.array([who for _, who in parts])[part]
    codes = [rng.integers(-127, 128, (CROPS, 128, 128)).astype(np.int8) for _ in parts]
    scene = SimpleNamespace(
        person=who[:, 0].astype(np.int32),
        headset=who[:, 1].astype(np.int32),
        session=who[:, 2].astype(np.int32),
        emotion=np.full(len(part), -1, np.int8),
    )

    class Crops(SimpleNamespace):
        def __len__(self) -> int:
            return len(part)

        def pairs(self, index: np.ndarray) -> np.ndarray:
            return np.stack([np.stack([codes[part[i]][row[i]]] * 2) for i in index])

    return Crops(
        kind=kind,
        scene=scene,
        part=part,
        row=row,
        parts=codes,
        part_cameras=tuple(camera for camera, _ in parts),
        neutral_rows=tuple(np.arange(0) for _ in parts),
        t_ns=row * 100_000_000 + (np.arange(len(part)) % 3) * 1_000_000,
    )


def drawn_sets() -> dict[schema.CameraKind, SimpleNamespace]:
    return {
        "eye": drawn_samples("eye", ("eye_left", "eye_right")),
        "mouth": drawn_samples("mouth", ("mouth",)),
    }


def test_an_enrolment_is_spread_over_each_stretch() -> None:
    part = np.repeat(np.arange(2, dtype=np.int32), 60)
    person = np.where(part == 0, 5, -1).astype(np.int32)
    rows, stretch = enrolment_rows(part, person, stretches=3)
    assert rows.max() < 60  # nobody knows whose the other part is
    assert np.bincount(stretch).tolist() == [ENROLLED_CROPS] * 3
    assert [rows[stretch == k].min() for k in range(3)] == [0, 20, 40]


def test_visits_of_several_cameras_join_and_pair_within_their_headset() -> None:
    networks = {kind: make_network(kind, width=0.25) for kind in ("eye", "mouth")}
    model = SimpleNamespace(networks=networks, preprocess=PreprocessConfig())
    visits = enrolled_visits("run", model, drawn_sets())
    assert all(set(visit.vectors) == {"eye", "mouth"} for visit in visits)
    assert {(v.person, v.headset, v.session) for v in visits} == set(PEOPLE)
    assert all(one.headset == other.headset for one, other in pairs(visits))
    del networks["mouth"].heads["identity"]
    with pytest.raises(TrainError, match="run: expected networks with an identity head"):
        enrolled_visits("run", model, drawn_sets())


def test_pictures_are_compared_by_camera() -> None:
    visits = picture_visits(drawn_sets())
    assert len(visits) == len(PEOPLE)
    assert all(set(visit.vectors) == {"eye_left", "eye_right", "mouth"} for visit in visits)


def enrolments() -> Enrolments:
    person, headset, session = (np.array(c, np.int32) for c in zip(*PEOPLE, strict=True))
    vectors = np.random.default_rng(1).normal(size=(len(PEOPLE), VECTOR_SIZE))
    stretch = np.zeros(len(PEOPLE), np.int32)
    unit = np.stack([wearer_vector(v[None]) for v in vectors])
    return Enrolments(person, headset, session, stretch, unit)


def test_a_sample_gets_the_vector_of_the_other_visit() -> None:
    given = enrolments()
    cached = cached_vectors(given, np.array([0, 3, 9], np.int32), np.array([0, 7, 1], np.int32))
    assert likeness(cached[0], given.vector_EI[1]) == pytest.approx(1)
    assert likeness(cached[1], given.vector_EI[6]) == pytest.approx(1)
    assert not cached[2].any()  # was never enrolled


def test_who_came_once_gets_the_vector_of_that_visit() -> None:
    given = enrolments()
    once = Enrolments(*(getattr(given, name)[:1] for name in given.__slots__))
    cached = cached_vectors(once, np.array([0], np.int32), np.array([0], np.int32))
    assert likeness(cached[0], given.vector_EI[0]) == pytest.approx(1)


def test_swapped_wearers_wore_the_same_headset() -> None:
    persons = np.array([0, 1, 2, 3, 9], np.int32)
    assert swapped_persons(enrolments(), persons).tolist() == [1, 0, 3, 2, -1]


def test_cameras_of_one_instant_are_brought_together() -> None:
    sets = drawn_sets()
    number = instants(sets)
    assert len(set(number["eye"])) == len(PEOPLE) * CROPS
    for kind in ("eye", "mouth"):
        key = np.stack([sets[kind].scene.session, sets[kind].row], axis=1)
        for instant in (0, 5, 31):
            assert len(np.unique(key[number[kind] == instant], axis=0)) == 1


def test_a_camera_that_sees_nothing_is_not_fused() -> None:
    mean = fused(
        np.array([[1.0], [3.0], [5.0]]),
        np.array([0.5, 0.5, 0.0]),
        instant=np.array([0, 0, 1]),
        count=2,
    )
    assert mean[0] == 2
    assert np.isnan(mean[1])


def test_accuracy_and_recall_by_hand() -> None:
    truth, said = np.array([0, 0, 0, 1, -1]), np.array([0, 0, 1, 0, 1])
    found = scored(truth, said, ("a", "b"))
    assert found["confusion"] == [[2, 1], [1, 0]]
    assert found["accuracy"] == 0.5
    assert found["recall"] == pytest.approx((2 / 3 + 0) / 2)


def test_closed_eyes_are_told_by_the_lids() -> None:
    logits = np.zeros((2, len(EMOTIONS)))
    logits[:, EMOTIONS.index("anger")] = 1
    assert [EYE_CLASSES[n] for n in said_five(logits, np.array([0.9, 0.1]))] == [
        "closed eyes",
        "anger",
    ]
    anger = EMOTIONS.index("anger")
    felt = Felt(np.array([anger, anger, anger]), np.array([0.9, 0.1, 0.6]))
    assert felt.five.tolist() == [4, 2, -1]


def test_scores_are_told_by_view_and_by_vector() -> None:
    anger, fear = (EMOTIONS.index(name) for name in ("anger", "fear"))

    def logits(*classes: int) -> np.ndarray:
        return np.stack([np.eye(len(EMOTIONS), dtype=np.float32)[[c]] * 3 for c in classes])

    # The eye is right with its own vector alone; the mouth always says fear, less surely.
    eye = Said(logits(anger, fear, fear), np.zeros(1, np.float32), np.ones(1, np.float32))
    low = np.full(1, 0.5, np.float32)
    mouth = Said(logits(fear, fear, fear), np.zeros(1, np.float32), low)
    number = {"eye": np.array([0]), "mouth": np.array([0])}
    felt = Felt(np.array([anger]), np.array([0.0]))
    views = score_views({"eye": eye, "mouth": mouth}, felt, number)
    assert [views["eyes"][v]["accuracy"] for v in (OWN, UNKNOWN, SWAPPED)] == [1, 0, 0]
    assert [views["eyes and mouth"][v]["accuracy"] for v in (OWN, UNKNOWN)] == [1, 0]
    assert views["mouth"][OWN]["accuracy"] == 0
    assert views[FIVE][OWN]["accuracy"] == 1
