"""What was written is read back, to the bit; what is wrong is refused with file and rule."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from tests.unit.capture.conftest import SOME_CUES, picture

from mien.capture.session import Session, open_session
from mien.capture.session_writer import SessionWriter
from mien.errors import SessionError
from mien.types import Frame


def test_a_session_is_read_back_to_the_bit(make_session, rig):
    session = open_session(make_session(count=8))
    assert session.wearer == "w0007"
    assert session.cameras == ("eye_left", "eye_right", "mouth")
    assert session.rig == rig
    assert session.meta["source"] == "synth"
    assert session.meta["frames"] == {"eye_left": 8, "eye_right": 8, "mouth": 8}
    for camera in session.cameras:
        frames = list(session.frames(camera))
        assert [frame.t_ns for frame in frames] == session.times_ns(camera).tolist()
        for i, frame in enumerate(frames):
            np.testing.assert_array_equal(frame.gray, picture(i))
            assert frame.gray.flags.c_contiguous
            assert frame.gray.dtype == np.uint8
    assert session.cues() == list(SOME_CUES)
    truth = session.truth()
    assert truth is not None
    assert truth.values.dtype == np.float32


def test_every_gray_level_survives(tmp_path, rig):
    ramp = np.arange(48 * 64, dtype=np.int64).reshape(48, 64).astype(np.uint8)
    with SessionWriter(tmp_path / "s", rig) as writer:
        writer.add(Frame("mouth", 0, ramp))
    session = open_session(tmp_path / "s")
    np.testing.assert_array_equal(next(session.frames("mouth")).gray, ramp)


def test_without_cues_and_truth_there_are_none(make_session):
    path = make_session(has_truth=False)
    (path / "cues.csv").unlink()
    session = open_session(path)
    assert session.cues() == []
    assert session.truth() is None


def test_a_folder_that_is_no_session_says_so(tmp_path):
    with pytest.raises(SessionError, match=r"expected a session folder with session.toml"):
        open_session(tmp_path)


def edited(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


@pytest.mark.parametrize(
    "case",
    [
        ("version = 1", "version = 2", "expected version = 1, got 2"),
        ('"mien-session"', '"other"', "expected format = \"mien-session\", got 'other'"),
        ('wearer = "w0007"', 'wearer = ""', "expected wearer"),
        ("complete = true", "complete = 1", "expected complete = true or false, got 1"),
        ("version = 1", "version =", r"row \d: expected TOML"),
        ("fps = 60.0", "fps = -1", "expected fps above 0"),
    ],
)
def test_a_wrong_session_toml_is_refused(make_session, case):
    old, new, message = case
    path = make_session(count=1)
    edited(path / "session.toml", old, new)
    with pytest.raises(SessionError, match=message):
        open_session(path)


def test_a_time_too_few_or_too_many_is_refused(make_session):
    path = make_session(count=4)
    times = path / "mouth.times.csv"
    whole = times.read_text()
    times.write_text("".join(whole.splitlines(keepends=True)[:-1]))
    with pytest.raises(SessionError, match=r"expected 3 frames as in mouth.times.csv, got more"):
        list(open_session(path).frames("mouth"))
    times.write_text(whole + "99999999999\n")
    with pytest.raises(SessionError, match=r"expected 5 frames .* got 4"):
        list(open_session(path).frames("mouth"))


def test_a_video_of_another_size_is_refused(make_session):
    path = make_session(count=1)
    edited(path / "rig.toml", "width = 64", "width = 65")
    with pytest.raises(SessionError, match=r"expected 65 x 48 as in rig.toml, got 64 x 48"):
        list(open_session(path).frames("eye_left"))


def test_a_missing_video_is_refused(make_session):
    path = make_session(count=1)
    (path / "mouth.mkv").unlink()
    with pytest.raises(SessionError, match=r"mouth.mkv: expected a video file, got none"):
        list(open_session(path).frames("mouth"))


def test_a_camera_that_is_not_there_is_refused(make_session):
    session = open_session(make_session(count=1))
    assert isinstance(session, Session)
    with pytest.raises(SessionError, match="expected a camera of"):
        session.times_ns("nose")


def test_importing_capture_loads_no_cv2():
    modules = "session_writer check sources record rig_file values cues"
    code = (
        "import sys, importlib\n"
        f"for name in {modules.split()!r}: importlib.import_module('mien.capture.' + name)\n"
        "sys.exit('cv2' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
