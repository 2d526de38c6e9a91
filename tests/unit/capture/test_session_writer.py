"""A writer loses nothing, passes nothing half-written for whole, and deletes nothing foreign."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from tests.unit.capture.conftest import picture, some_frames

from mien.capture.session import is_complete, is_session, open_session
from mien.capture.session_writer import SessionWriter
from mien.errors import FrameError, SessionError
from mien.types import Frame, Rig


def test_a_camera_that_gave_nothing_is_named_and_left_out(tmp_path, rig):
    with SessionWriter(tmp_path / "s", rig) as writer:
        for frame in some_frames("mouth", 2):
            writer.add(frame)
    session = open_session(tmp_path / "s")
    assert session.cameras == ("mouth",)
    assert session.meta["silent_cameras"] == ["eye_left", "eye_right"]


def cut_session(path: Path, rig: Rig, *, count: int) -> Path:
    def crash():
        with SessionWriter(path, rig, is_restart=True) as writer:
            for frame in some_frames("mouth", count):
                writer.add(frame)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        crash()
    return path


def test_an_exception_leaves_an_incomplete_session_with_all_its_frames(tmp_path, rig):
    path = cut_session(tmp_path / "s", rig, count=3)
    assert is_session(path)
    assert not is_complete(path)
    with pytest.raises(SessionError, match=r"expected complete = true, got false"):
        open_session(path)
    session = open_session(path, allow_incomplete=True)
    assert len(list(session.frames("mouth"))) == 3
    assert list(session.frames("eye_left")) == []


def test_an_incomplete_session_can_be_started_again_but_a_whole_one_cannot(tmp_path, rig):
    path = tmp_path / "s"
    for _ in range(2):
        cut_session(path, rig, count=1)
    with SessionWriter(path, rig, is_restart=True) as writer:
        writer.add(some_frames("mouth", 1)[0])
    with pytest.raises(SessionError, match="expected a new or empty folder"):
        SessionWriter(path, rig, is_restart=True)


def test_a_folder_that_holds_anything_is_refused(tmp_path, rig):
    (tmp_path / "s").mkdir()
    (tmp_path / "s" / "thesis.txt").write_text("mine")
    with pytest.raises(SessionError, match=r"got one with thesis.txt; name another"):
        SessionWriter(tmp_path / "s", rig, is_restart=True)
    with pytest.raises(SessionError, match="expected a folder to write, got a file"):
        SessionWriter(tmp_path / "s" / "thesis.txt", rig)


@pytest.mark.parametrize(
    "case",
    [
        (Frame("nose", 5_000, picture(0)), "expected a frame of eye_left.*got 'nose'"),
        (Frame("mouth", 1_000, picture(0)), r"times.csv row 3: expected t_ns above .*\(1000\)"),
        (Frame("mouth", 5_000, picture(0, width=32)), r"expected \(48, 64\) uint8 frames"),
        (Frame("mouth", 5_000, picture(0).astype(np.float32)), "got .* float32"),
    ],
)
def test_a_frame_that_does_not_belong_is_refused_and_harms_nothing(tmp_path, rig, case):
    frame, message = case
    with SessionWriter(tmp_path / "s", rig) as writer:
        writer.add(some_frames("mouth", 1)[0])
        with pytest.raises(FrameError, match=message):
            writer.add(frame)
        writer.add(Frame("mouth", 9_000, picture(1)))
    frames = list(open_session(tmp_path / "s").frames("mouth"))
    assert [frame.t_ns for frame in frames] == [1_000, 9_000]


FULL_DISK = """
import resource, signal, sys
import numpy as np
from mien.capture.session_writer import SessionWriter
from mien.errors import SessionError
from mien.types import Frame, centred_camera

# A limit on the size of a file fails as a full disk does.
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (600_000, 600_000))
noise = np.random.default_rng(0).integers(0, 256, (200, 200), dtype=np.uint8)
try:
    with SessionWriter(sys.argv[1], {"mouth": centred_camera(200, 200)}) as writer:
        for i in range(int(sys.argv[2])):
            writer.add(Frame("mouth", i, noise))
except SessionError as error:
    print(error)
"""


@pytest.mark.parametrize("count", [16, 60])
def test_a_full_disk_is_told_and_leaves_what_was_written(tmp_path, count):
    path = tmp_path / "s"
    command = [sys.executable, "-c", FULL_DISK, str(path), str(count)]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "mouth.mkv: expected" in told
    assert "see that the disk is not full" in told
    assert not is_complete(path)
    frames = list(open_session(path, allow_incomplete=True).frames("mouth"))
    assert len(frames) >= 10


def test_what_a_kill_leaves_first_can_be_started_again(tmp_path, rig):
    path = tmp_path / "s"
    path.mkdir()
    (path / "session.toml.part").write_text("form")
    with SessionWriter(path, rig, is_restart=True) as writer:
        writer.add(some_frames("mouth", 1)[0])
    assert is_complete(path)


def test_a_restart_deletes_nothing_of_a_folder_that_is_no_session(tmp_path, rig):
    path = tmp_path / "s"
    path.mkdir()
    (path / "rig.toml").write_text("mine")
    with pytest.raises(SessionError, match=r"got one with rig.toml; name another"):
        SessionWriter(path, rig, is_restart=True)
    assert (path / "rig.toml").read_text() == "mine"


def test_a_kill_between_two_files_can_be_read(tmp_path, rig):
    path = cut_session(tmp_path / "s", rig, count=2)
    (path / "mouth.times.csv").write_text("t_")
    session = open_session(path, allow_incomplete=True)
    assert list(session.frames("mouth")) == []
    assert len(session.times_ns("mouth")) == 0


def test_a_session_of_no_frames_is_refused(tmp_path, rig):
    with (
        pytest.raises(SessionError, match="expected at least one frame"),
        SessionWriter(tmp_path / "s", rig),
    ):
        pass
    assert not is_complete(tmp_path / "s")
