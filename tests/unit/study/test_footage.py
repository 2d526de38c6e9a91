from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mien.errors import TrainError
from mien.study.footage import blink_cues, blink_row, run_footage
from mien.study.footage_page import footage_markdown, footage_pictures

MARK = {"onset": 20, "closed_first": 24, "closed_last": 30, "reopened": 40}


def closing(onset, reopened, count=100):
    """Shut from frame 24 to 30, straight down from `onset` and up to 1/8 at `reopened`."""
    frames = np.arange(count)
    down = np.clip((frames - onset + 0.5) / (24 - onset + 0.5), 0, 1)
    up = np.clip(1 - 0.875 * (frames - 30) / (reopened - 30 - 0.5), 0, 1)
    return np.minimum(down, up)


def test_a_blink_is_found_where_it_was_drawn():
    row = blink_row(closing(20, 40), MARK)
    assert row["found"] == [20, 40]
    assert row["off"] == [0, 0]
    assert blink_row(closing(22, 43), MARK)["off"] == [2, 3]


def test_a_lid_that_never_opens_again_has_no_end():
    assert blink_row(np.minimum(closing(20, 40) + 0.2, 1.0), MARK)["off"] == [None, None]


def test_cues_cover_the_marks_with_room_and_leave_rest_between():
    marks = [MARK, {**MARK, "onset": 70, "reopened": 90}]
    spans = blink_cues(marks, 100)
    assert [kind for *_, kind, _ in spans] == ["neutral", "blink", "neutral", "blink", "neutral"]
    assert [first for first, *_ in spans[1:]] == [last for _, last, *_ in spans[:-1]]
    assert spans[1][:2] == (12, 52)
    assert spans[3][:2] == (58, 94)


def test_a_missing_clip_is_named(tmp_path):
    with pytest.raises(TrainError, match="eyeloop"):
        run_footage(tmp_path)


@pytest.mark.data
@pytest.mark.slow
def test_real_clips_are_labelled_as_they_look(shared_data: Path, tmp_path):
    found = run_footage(shared_data)
    for blink in found.table["blinks"]:
        assert max(abs(off) for off in blink["off"]) <= 2
    for side in found.table["smile"]["sides"].values():
        assert side["refusal"] == ""
        assert side["r_with_mouth_width"] > 0.9
    assert found.table["no_face"]["rows"] > 0
    assert found.table["no_face"]["usable_rows"] == 0
    pictures = footage_pictures(found, tmp_path)
    assert all(path.stat().st_size > 1000 for path in pictures)
    assert "**0** of" in footage_markdown(found.table)
