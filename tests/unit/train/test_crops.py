from __future__ import annotations

from dataclasses import replace

import numpy as np

from mien.capture.session import open_session
from mien.config import PreprocessConfig
from mien.train.config import SampleConfig
from mien.train.crops import chosen_rows, session_crops
from mien.vision.preprocess import Preprocessor


def test_a_cached_crop_is_what_the_headset_would_see(toy_sessions, tmp_path):
    session, config = open_session(toy_sessions[0]), SampleConfig(fps=25.0)
    crops = session_crops(session, "eye_right", config, cache=tmp_path)
    preprocessor = Preprocessor(session.rig["eye_right"], config.preprocess)
    for frame, codes in zip(session.frames("eye_right"), crops.codes, strict=True):
        assert np.array_equal(preprocessor.run(frame.gray).quant, codes)
    assert np.array_equal(crops.t_ns, session.times_ns("eye_right"))


def test_crops_are_made_once_per_setting(toy_sessions, tmp_path):
    session, config = open_session(toy_sessions[0]), SampleConfig(fps=5.0)
    session_crops(session, "mouth", config, cache=tmp_path)
    (made,) = (tmp_path / "crops").iterdir()
    stamp = made.stat().st_mtime_ns
    session_crops(session, "mouth", config, cache=tmp_path)
    assert [f.stat().st_mtime_ns for f in (tmp_path / "crops").iterdir()] == [stamp]
    changed = replace(config, preprocess=PreprocessConfig(window_px=21))
    session_crops(session, "mouth", changed, cache=tmp_path)
    assert len(list((tmp_path / "crops").iterdir())) == 2


def test_frames_are_taken_steadily_and_fast_motion_besides():
    t_ns = np.arange(120, dtype=np.int64) * 16_666_667
    change = np.ones(120, np.float32)
    change[51:54] = 9.0
    rows = chosen_rows(t_ns, change, SampleConfig(fps=12.0, fast_share=0.5))
    steady = chosen_rows(t_ns, change, SampleConfig(fps=12.0, fast_share=0.0))
    assert len(steady) == 24
    assert set(steady) <= set(rows)
    assert {51, 52, 53} <= set(rows)
    assert len(rows) <= 27


def test_every_frame_of_a_slow_camera_is_taken():
    t_ns = np.arange(10, dtype=np.int64) * 200_000_000
    assert len(chosen_rows(t_ns, np.ones(10, np.float32), SampleConfig(fps=12.0))) == 10
