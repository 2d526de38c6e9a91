"""Signals end a recording whole; a kill leaves all that had reached the disk."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from mien.capture.check import check_session
from mien.capture.session import open_session
from mien.errors import SessionError

RECORDER = """
import sys, time
import numpy as np
from mien.capture.record import RecordHooks, record
from mien.capture.sources import FrameSource
from mien.types import Frame, centred_camera

class Noise(FrameSource):
    is_live = True
    def __iter__(self):
        rng = np.random.default_rng(0)
        while True:
            time.sleep(0.002)
            yield Frame(self.cameras[0], time.monotonic_ns(),
                        rng.integers(0, 256, (200, 200), dtype=np.uint8))

def tell(frames):
    print(min(frames.values(), default=0), flush=True)

cameras = {name: Noise({name: centred_camera(200, 200)}) for name in ("eye_left", "mouth")}
report = record(sys.argv[1], cameras, hooks=RecordHooks(on_progress=tell))
print("interrupted", report.is_interrupted, flush=True)
"""


def recorded_until(signal_number: int, out: Path, *, frames: int) -> tuple[str, int]:
    """Record in a process of its own, signal it after so many frames; its last words."""
    process = subprocess.Popen(
        [sys.executable, "-c", RECORDER, str(out)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    with process:
        for line in process.stdout:
            if int(line) >= frames:
                break
        os.kill(process.pid, signal_number)
        rest = process.stdout.read()
    return rest, process.returncode


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_polite_end_leaves_a_whole_session(tmp_path, number):
    rest, code = recorded_until(number, tmp_path / "out", frames=20)
    assert "interrupted True" in rest
    assert code == 0
    assert check_session(tmp_path / "out") == []


def test_a_killed_recording_can_be_read_up_to_its_last_whole_frame(tmp_path):
    path = tmp_path / "out"
    rest, code = recorded_until(signal.SIGKILL, path, frames=200)
    assert "interrupted" not in rest
    assert code == -signal.SIGKILL
    with pytest.raises(SessionError, match="expected complete = true, got false"):
        open_session(path)
    (problem,) = check_session(path)
    session = open_session(path, allow_incomplete=True)
    for name in ("eye_left", "mouth"):
        count = sum(1 for _ in session.frames(name))
        rows = len(session.times_ns(name))
        assert rows >= 200, "every time is out before the next frame"
        assert rows - count <= 30, "FFmpeg holds back 256 KiB and a few frames"
        assert f"{name} {count} of {rows}" in problem.rule
