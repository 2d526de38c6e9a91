from __future__ import annotations

import numpy as np
import pytest

from mien.capture.session import open_session
from mien.runtime.opening import script_of
from mien.study.enrolment import run_enrolment_study


def test_a_script_is_the_cues_before_the_free_stretch(sample_session):
    script = script_of(open_session(sample_session))
    assert script
    assert all(cue.kind != "spontaneous" for cue in script)
    ends = np.array([cue.end_ns for cue in script])
    assert ends.max() <= 60e9
    assert (np.diff(ends) >= 0).all()


@pytest.mark.model
def test_the_study_tells_of_each_session_what_changed(sample_session):
    pytest.importorskip("cv2")
    (row,) = run_enrolment_study([sample_session], None)
    assert row["accepted"] == bool(row["cameras"])
    assert bool(row["reason"]) != row["accepted"]
    if not row["accepted"]:
        assert row["mae"][0] == row["mae"][1]
