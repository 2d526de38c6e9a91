from __future__ import annotations

import numpy as np
import pytest

from mien.errors import TrainError
from mien.train.faces.faces import Faces
from mien.train.faces.folds import subject_folds


def faces_of(subjects, each=4):
    people = np.repeat([f"S{number:03d}" for number in subjects], each)
    count = len(people)
    return Faces(
        pictures=np.arange(count * 4, dtype=np.uint32).astype(np.uint8).reshape(count, 2, 2),
        targets=np.eye(2, dtype=np.float32)[np.arange(count) % 2],
        people=people,
        expressions=("neutral", "anger"),
        action_units=np.zeros((count, 0), np.bool_),
    )


def test_no_subject_is_in_two_parts_and_every_picture_is_tested_once():
    faces = faces_of(range(5, 128))
    splits = subject_folds(faces)
    assert len(splits) == 10
    for split in splits:
        assert set(split.train.people).isdisjoint(split.test.people)
        assert len(split.train) + len(split.test) == len(faces)
        assert split.validation is None
    tested = np.concatenate([split.test.people for split in splits])
    assert sorted(tested.tolist()) == sorted(faces.people.tolist())


def test_folds_go_by_the_order_of_subjects():
    splits = subject_folds(faces_of([999, 10, 37, 5, 11, 12]), folds=3)
    tested = [sorted(set(split.test.people.tolist())) for split in splits]
    assert tested == [["S005", "S012"], ["S010", "S037"], ["S011", "S999"]]


def test_pictures_keep_their_expression_and_subject():
    faces = faces_of(range(6))
    split = subject_folds(faces, folds=3)[1]
    for number in range(len(split.test)):
        row = next(
            at
            for at in range(len(faces))
            if np.array_equal(faces.pictures[at], split.test.pictures[number])
        )
        assert faces.people[row] == split.test.people[number]
        assert np.array_equal(faces.targets[row], split.test.targets[number])


def test_too_few_subjects_are_refused():
    with pytest.raises(TrainError, match="expected at least 20 people for 10 folds, got 19"):
        subject_folds(faces_of(range(19)))


def test_shuffled_labels_stay_the_same_labels():
    faces = faces_of(range(30))
    mixed = faces.shuffled(3)
    assert np.array_equal(mixed.targets.sum(axis=0), faces.targets.sum(axis=0))
    assert (mixed.truth != faces.truth).mean() > 0.25
    assert np.array_equal(mixed.pictures, faces.pictures)
