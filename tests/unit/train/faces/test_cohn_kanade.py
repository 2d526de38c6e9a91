from __future__ import annotations

import shutil

import numpy as np
import pytest

pytest.importorskip("cv2", reason="needs OpenCV")

from mien.errors import TrainError
from mien.train.faces.cohn_kanade import (
    CODES,
    read_faces,
    read_portraits,
    read_sequences,
)


@pytest.fixture
def copied(two_subjects, tmp_path):
    """CK+ that a test may spoil."""
    return shutil.copytree(two_subjects, tmp_path / "ck")


def test_sequences_are_read_as_published(two_subjects):
    found = read_sequences(two_subjects)
    assert len(found) == 10
    assert [one.emotion for one in found[:5]] == [
        "anger", "happiness", "sadness", "surprise", None,
    ]  # fmt: skip
    assert [frame.name[9:17] for frame in found[1].frames] == [f"{n:08d}" for n in range(1, 6)]
    assert found[0].action_units == {12, 25}
    assert found[1].landmarks[0].name == "S005_002_00000001_landmarks.txt"


def test_the_last_three_frames_count_and_the_first_is_neutral(two_subjects):
    faces = read_faces(read_sequences(two_subjects), side_px=48)
    assert faces.pictures.shape == (2 * 4 * 4, 48, 48)
    assert faces.pictures.dtype == np.uint8
    names = [CODES[number] for number in faces.truth[:8]]
    assert names == ["neutral", *["anger"] * 3, "neutral", *["happiness"] * 3]
    assert faces.people[:2].tolist() == ["S005", "S005"]
    assert np.flatnonzero(faces.action_units[1]).tolist() == [12, 25]
    assert not faces.action_units[0].any()
    seven = read_faces(read_sequences(two_subjects), side_px=48, has_neutral=False)
    assert len(seven) == 2 * 4 * 3
    assert seven.expressions == CODES[1:]
    assert not seven.is_neutral.any()


def test_portraits_come_from_unlabelled_sequences_too(two_subjects):
    portraits = read_portraits(read_sequences(two_subjects), side_px=48)
    assert len(portraits) == 2 * 5 * 5
    assert len(set(portraits.takes.tolist())) == 10


def test_eyes_lie_in_one_place_wherever_the_face_is(two_subjects, copied):
    aligned = read_faces(read_sequences(two_subjects), side_px=48)
    shutil.rmtree(copied / "Landmarks")
    plain = read_faces(read_sequences(copied), side_px=48)
    eyes = np.s_[:, 13:19, 12:20]
    spread = [
        float(found.pictures[found.people == "S005"][eyes].std(axis=0).mean())
        for found in (aligned, plain)
    ]
    assert spread[0] < 0.6 * spread[1]


def test_facs_and_landmarks_may_be_left_out(copied):
    for name in ("FACS", "Landmarks"):
        shutil.rmtree(copied / name)
    found = read_sequences(copied)
    assert found[0].landmarks == ()
    assert found[0].action_units == frozenset()


SPOILED = [
    ("Emotion/S005/001/S005_001_00000005_emotion.txt", "   8.0e+00\n", "one whole number 0..7"),
    ("Emotion/S005/001/S005_001_00000005_emotion.txt", "   1.5e+00\n", r"got \[\[1.5\]\]"),
    ("Emotion/S005/001/S005_001_00000005_emotion.txt", "", "one whole number"),
    ("Emotion/S005/001/S005_001_00000005_emotion.txt", "joy\n", "expected lines of numbers"),
    ("Emotion/S005/001/S005_001_00000004_emotion.txt", " 1.0\n", "one file .*, got 2"),
    ("FACS/S005/001/S005_001_00000005_facs.txt", " 1.0 2.0\n 3.0\n", "expected lines of"),
    ("FACS/S005/001/S005_001_00000005_facs.txt", " 1.5 2.0\n", "an action unit and its"),
    ("FACS/S005/001/S005_001_00000005_facs.txt", " 100.0 2.0\n", "an action unit and its"),
    ("cohn-kanade-images/S005/001/face.png", "", "a name such as S005_001_00000011.png"),
]


@pytest.mark.parametrize(("file", "text", "message"), SPOILED)
def test_a_file_that_breaks_its_rule_is_named(copied, file, text, message):
    (copied / file).write_text(text)
    with pytest.raises(TrainError, match=message) as refused:
        read_sequences(copied)
    assert file.split("/", maxsplit=1)[0] in str(refused.value)


def test_a_picture_or_landmarks_that_cannot_be_used_are_named(copied):
    sequences = read_sequences(copied)
    sequences[0].landmarks[4].write_text("   1.0 2.0\n" * 67)
    with pytest.raises(TrainError, match=r"00000005_landmarks.txt: expected 68 lines"):
        read_faces(sequences, side_px=48)
    sequences[0].landmarks[4].write_text("   1.0 2.0\n" * 68)
    with pytest.raises(TrainError, match="expected eyes apart"):
        read_faces(sequences, side_px=48)
    sequences[0].frames[0].write_bytes(b"no picture")
    with pytest.raises(TrainError, match=r"00000001.png: expected a picture, got 10 bytes"):
        read_faces(sequences, side_px=48)
    sequences[0].frames[0].unlink()
    with pytest.raises(TrainError, match="expected a picture, got No such file"):
        read_faces(sequences, side_px=48)


def test_what_is_missing_is_named(copied, tmp_path):
    with pytest.raises(TrainError, match="expected a folder cohn-kanade-images, got none"):
        read_sequences(tmp_path)
    (copied / "Landmarks/S005/001/S005_001_00000003_landmarks.txt").unlink()
    with pytest.raises(TrainError, match="expected landmarks of every picture, got no file"):
        read_sequences(copied)
    for file in (copied / "cohn-kanade-images/S008/001").glob("*[345].png"):
        file.unlink()
    shutil.rmtree(copied / "Landmarks")
    with pytest.raises(TrainError, match="expected at least 4 pictures, got 2"):
        read_sequences(copied)


def test_a_copy_without_labels_is_refused(copied):
    shutil.rmtree(copied / "Emotion")
    (copied / "Emotion").mkdir()
    with pytest.raises(TrainError, match="with an emotion file, got none of 10"):
        read_sequences(copied)
