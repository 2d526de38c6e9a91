from __future__ import annotations

import numpy as np
import pytest

from mien import schema
from mien.studio.evaluate import Curves
from mien.study.gating import Run, onset_delays, run_gating_study


def run_of(rise_at, *, count=60):
    """A jaw that opens at the 21st frame, and is shown from `rise_at` on."""
    truth = np.zeros((count, schema.VALUE_COUNT), np.float32)
    jaw = schema.VALUE_INDEX["jaw_drop"]
    truth[21:31, jaw] = np.linspace(0.06, 0.6, 10)
    truth[31:, jaw] = 0.6
    got = np.zeros_like(truth)
    late = rise_at - 21
    got[late:] = truth[: count - late] if late else truth
    t_ns = np.arange(count) * 40_000_000
    return Run(Curves("one", t_ns, truth, got), np.ones(count, np.bool_), count, count)


@pytest.mark.parametrize("late", [0, 1, 3])
def test_an_onset_that_is_shown_later_is_counted_in_frames(late):
    assert onset_delays(run_of(21), run_of(21 + late)) == [late]


@pytest.mark.model
def test_rest_saves_inferences_on_a_session(sample_session):
    pytest.importorskip("cv2")
    told = run_gating_study([sample_session], None)
    assert 0 < told["saved"] < 1
    assert abs(told["mae"]["gated"] - told["mae"]["always"]) < 0.01
