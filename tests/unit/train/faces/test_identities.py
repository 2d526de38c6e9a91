from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("cv2", reason="needs OpenCV")

from mien.errors import TrainError
from mien.train.faces.identities import kept_back, read_identities


def test_a_folder_per_person_is_read(people):
    found = read_identities(people, side_px=48)
    assert found.pictures.shape == (48, 48, 48)
    assert len(set(found.people.tolist())) == 12
    assert len(set(found.takes.tolist())) == 48


def test_a_person_is_in_one_part_only(people):
    found = read_identities(people, side_px=48)
    train, kept = kept_back(found, 0.25, seed=1)
    assert len(set(kept.people.tolist())) == 3
    assert set(train.people.tolist()).isdisjoint(kept.people.tolist())
    assert len(train) + len(kept) == len(found)
    again = kept_back(found, 0.25, seed=1)[1]
    other = kept_back(found, 0.25, seed=2)[1]
    assert np.array_equal(again.people, kept.people)
    assert not np.array_equal(other.people, kept.people)


def test_folders_without_people_are_refused(tmp_path, people):
    with pytest.raises(TrainError, match="expected a folder of people, got none"):
        read_identities(tmp_path / "nowhere", side_px=48)
    for person in sorted(people.iterdir())[:3]:
        (tmp_path / person.name).symlink_to(person)
    (tmp_path / "lonely").mkdir()
    (tmp_path / "lonely" / "one.png").write_bytes(b"")
    with pytest.raises(TrainError, match="expected at least 4 folders with two pictures or more"):
        read_identities(tmp_path, side_px=48)
    (tmp_path / "lonely" / "two.png").write_bytes(b"")
    with pytest.raises(TrainError, match=r"one\.png: expected a picture, got 0 bytes"):
        read_identities(tmp_path, side_px=48)
