from __future__ import annotations

import csv

import numpy as np
import pytest

pytest.importorskip("cv2", reason="needs OpenCV")

from mien.errors import TrainError
from mien.train.faces.ferplus import read_ferplus, read_votes


@pytest.fixture
def spoil(ferplus, tmp_path):
    """Copies of both files with one cell changed."""

    def change(which, row, column, value):
        made = []
        for number, path in enumerate(ferplus):
            with path.open(newline="") as opened:
                lines = list(csv.reader(opened))
            if number == which:
                lines[row][column] = value
            made.append(tmp_path / path.name)
            with made[-1].open("w", newline="") as opened:
                csv.writer(opened).writerows(lines)
        return made

    return change


def test_usages_become_the_parts_and_no_faces_are_left_out(ferplus):
    split = read_ferplus(*ferplus, voting="majority")
    is_face = np.arange(120) % 11 != 10
    assert len(split.train) <= is_face[:72].sum()
    assert len(split.train) + len(split.validation) + len(split.test) == is_face.sum()
    assert split.train.pictures.shape[1:] == (48, 48)
    assert set(split.train.targets.ravel().tolist()) == {0.0, 1.0}


def test_a_picture_is_that_of_its_row(ferplus):
    votes_at, pixels_at = ferplus
    split = read_ferplus(votes_at.parent, pixels_at, voting="majority")
    with pixels_at.open(newline="") as opened:
        rows = list(csv.DictReader(opened))
    first = np.array(rows[0]["pixels"].split(), np.uint8).reshape(48, 48)
    assert np.array_equal(split.train.pictures[0], first)
    # Row 10 is no face, so the eleventh kept picture is that of row 11.
    later = np.array(rows[11]["pixels"].split(), np.uint8).reshape(48, 48)
    assert np.array_equal(split.train.pictures[10], later)
    votes = read_votes(votes_at)
    assert split.train.truth[10] == votes[11][2].argmax()


def test_soft_votes_teach_and_majorities_judge(ferplus):
    soft = read_ferplus(*ferplus, voting="soft")
    assert ((soft.train.targets > 0) & (soft.train.targets < 1)).any()
    for part in (soft.validation, soft.test):
        assert set(part.targets.ravel().tolist()) == {0.0, 1.0}


def test_pictures_come_in_the_size_that_is_asked_for(ferplus):
    assert read_ferplus(*ferplus, voting="soft", side_px=32).test.pictures.shape[1:] == (32, 32)


@pytest.mark.parametrize(
    ("which", "row", "column", "value", "message"),
    [
        (0, 0, 2, "calm", "expected columns Usage, .*, got none of neutral"),
        (0, 3, 0, "Train", "row 3: Usage: expected one of Training, .*, got 'Train'"),
        (0, 3, 2, "-1", "row 3: expected at most 10 votes in ten columns, got -1"),
        (0, 3, 2, "11", "row 3: expected at most 10 votes"),
        (1, 0, 1, "image", "expected columns Usage, pixels, got none of pixels"),
        (1, 1, 1, "1 2 3", "row 1: expected 2304 gray levels 0..255"),
        (1, 1, 1, " ".join(["256"] * 2304), "row 1: expected 2304 gray levels"),
        (1, 1, 1, " ".join(["0"] * 2303 + ["x"]), "row 1: expected 2304 gray levels"),
        (1, 2, 2, "PublicTest", r"row 2: expected Training as in fer2013new\.csv, got 'Publ"),
    ],
)
def test_a_row_that_breaks_its_rule_is_named(spoil, which, row, column, value, message):
    votes_at, pixels_at = spoil(which, row, column, value)
    with pytest.raises(TrainError, match=message) as refused:
        read_ferplus(votes_at, pixels_at, voting="majority")
    assert (pixels_at if which else votes_at).name in str(refused.value)


def test_files_that_do_not_belong_together_are_refused(spoil):
    votes_at, pixels_at = spoil(0, 1, 2, "0")
    lines = pixels_at.read_text().splitlines()
    pixels_at.write_text("\n".join(lines[:-1]) + "\n")
    with pytest.raises(TrainError, match=r"expected 120 rows as in fer2013new\.csv, got 119"):
        read_ferplus(votes_at, pixels_at, voting="majority")
    pixels_at.write_text("\n".join([*lines, lines[-1]]) + "\n")
    with pytest.raises(TrainError, match=r"expected 120 rows as in fer2013new\.csv, got more"):
        read_ferplus(votes_at, pixels_at, voting="majority")
    pixels_at.unlink()
    with pytest.raises(TrainError, match="expected a CSV file, got"):
        read_ferplus(votes_at, pixels_at, voting="majority")


def test_a_part_without_pictures_is_refused(spoil):
    votes_at, pixels_at = spoil(0, 1, 2, "0")
    for path in (votes_at, pixels_at):
        path.write_text(path.read_text().replace("PrivateTest", "PublicTest"))
    with pytest.raises(TrainError, match="expected PrivateTest pictures to be left, got none"):
        read_ferplus(votes_at, pixels_at, voting="majority")
