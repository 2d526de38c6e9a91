from __future__ import annotations

import numpy as np
import pytest

from mien.errors import SessionError
from mien.study.slips import moves_mm, read_poses, run_slip_study, slip_times

STEP_NS = 40_000_000


def poses(x_mm):
    x_mm = np.asarray(x_mm, float)
    return np.arange(len(x_mm)) * STEP_NS, np.stack([x_mm, 0 * x_mm, 0 * x_mm], axis=1)


def test_a_lasting_move_is_one_slip_at_its_time():
    t_ns, position = poses([0.0] * 50 + [1.5] * 50)
    moved = moves_mm(t_ns, position)
    (at_ns,) = slip_times(t_ns, moved)
    assert abs(at_ns - 50 * STEP_NS) < 400_000_000
    assert moved.max() == pytest.approx(1.5)


def test_a_ride_that_goes_back_and_slow_drift_are_no_slips():
    there_and_back = np.concatenate([np.zeros(50), np.full(5, 2.0), np.zeros(50)])
    drift = np.linspace(0, 5, 500)
    for x_mm in (there_and_back, drift):
        t_ns, position = poses(x_mm)
        assert slip_times(t_ns, moves_mm(t_ns, position)) == []


def test_a_session_without_its_scene_is_refused(tmp_path):
    with pytest.raises(SessionError, match="expected the exact scene"):
        read_poses(tmp_path)


@pytest.mark.model
def test_what_is_counted_adds_up(sample_session, tmp_path):
    pytest.importorskip("cv2")
    heading = "t_ns,slip_x_mm,slip_y_mm,slip_z_mm"
    rows = [f"{1_000_000_000 + k * STEP_NS},{1.5 * (k > 100)},0,0" for k in range(260)]
    copy = tmp_path / "one"
    copy.mkdir()
    for file in sample_session.iterdir():
        (copy / file.name).write_bytes(file.read_bytes())
    (copy / "truth_scene.csv").write_text("\n".join([heading, *rows]) + "\n", encoding="utf-8")
    (row,) = run_slip_study([copy], None)
    assert row["slips"] == 1
    assert 0 <= row["found"] <= row["slips"]
    assert 0 <= row["false"] <= row["rereads"]
