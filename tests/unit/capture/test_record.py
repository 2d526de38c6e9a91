"""The recorder keeps what it got: through lost cameras, signals and kills."""

from __future__ import annotations

import itertools
import signal
import threading
import time

import cv2
import pytest
from tests.unit.capture.conftest import HEIGHT, STEP_NS, WIDTH, picture, some_frames
from tests.unit.capture.mjpeg_server import HEAD, MjpegServer, part, scene

from mien.capture.check import check_session
from mien.capture.cues import Cue
from mien.capture.live_source import LiveSource
from mien.capture.record import RecordHooks, done_cues, record
from mien.capture.session import open_session
from mien.capture.sources import FrameSource, MemorySource
from mien.errors import SessionError, SourceError
from mien.types import Frame, centred_camera


class Ticking(FrameSource):
    """A live camera of drawn pictures, for as long as it is asked."""

    is_live = True

    def __init__(self, camera: str, *, count: int = 10**9, error: Exception | None = None) -> None:
        super().__init__({camera: centred_camera(WIDTH, HEIGHT)})
        self.camera, self.count, self.error = camera, count, error
        self.is_closed = False

    def __iter__(self):
        for i in range(self.count):
            time.sleep(0.004)
            yield Frame(self.camera, time.monotonic_ns(), picture(i % 50))
        if self.error is not None:
            raise self.error

    def close(self) -> None:
        self.is_closed = True


def test_stored_sources_are_copied_frame_by_frame(tmp_path, rig, make_session):
    eye = MemorySource(some_frames("eye_left", 5), {"eye_left": rig["eye_left"]})
    report = record(
        tmp_path / "out", {"eye_left": eye, "mouth": make_session(count=4)}, meta={"wearer": "w9"}
    )
    session = open_session(tmp_path / "out")
    assert session.wearer == "w9"
    assert session.rig == {"eye_left": rig["eye_left"], "mouth": rig["mouth"]}
    assert session.times_ns("eye_left").tolist() == [1_000 + i * STEP_NS for i in range(5)]
    assert {name: camera.frames for name, camera in report.cameras.items()} == {
        "eye_left": 5,
        "mouth": 4,
    }
    assert not report.is_interrupted
    assert check_session(tmp_path / "out") == []


def test_seconds_end_a_stored_source_by_its_own_times(tmp_path):
    source = MemorySource(some_frames("mouth", 50))
    report = record(tmp_path / "out", {"mouth": source}, seconds=5.5 * STEP_NS / 1e9)
    assert report.cameras["mouth"].frames == 6


def test_live_times_count_from_the_start_and_seconds_end_it(tmp_path):
    sources = {name: Ticking(name) for name in ("eye_left", "mouth")}
    progress = []
    hooks = RecordHooks(on_progress=progress.append)
    report = record(tmp_path / "out", sources, seconds=0.4, hooks=hooks)
    session = open_session(tmp_path / "out")
    for name in sources:
        times = session.times_ns(name)
        assert 0 <= times[0] < 200_000_000
        assert times[-1] < 400_000_000
        assert len(times) == report.cameras[name].frames > 5
        assert report.cameras[name].stop_reason == ""
    assert progress
    assert all(source.is_closed for source in sources.values())
    assert check_session(tmp_path / "out") == []


def test_a_camera_that_stops_is_reported_and_the_others_go_on(tmp_path):
    sources = {
        "eye_left": Ticking("eye_left", count=5, error=OSError("unplugged")),
        "eye_right": Ticking("eye_right", count=3),
        "mouth": Ticking("mouth"),
    }
    report = record(tmp_path / "out", sources, seconds=0.4)
    assert report.cameras["eye_left"].stop_reason == "OSError: unplugged"
    assert report.cameras["eye_right"].stop_reason == "it gave no more frames"
    assert report.cameras["mouth"].stop_reason == ""
    assert report.cameras["mouth"].frames > report.cameras["eye_left"].frames == 5
    assert check_session(tmp_path / "out") == []


def test_a_camera_that_never_gives_anything_is_left_out_of_the_rig(tmp_path):
    sources = {"eye_left": Ticking("eye_left", count=0), "mouth": Ticking("mouth")}
    record(tmp_path / "out", sources, seconds=0.2)
    session = open_session(tmp_path / "out")
    assert session.cameras == ("mouth",)
    assert session.meta["silent_cameras"] == ["eye_left"]
    assert check_session(tmp_path / "out") == []


def test_frames_that_cannot_be_written_are_counted(tmp_path):
    frames = some_frames("mouth", 4)
    frames.insert(2, Frame("mouth", frames[1].t_ns, picture(9)))
    report = record(tmp_path / "out", {"mouth": MemorySource(frames)})
    assert report.cameras["mouth"].frames == 4
    assert report.cameras["mouth"].bad_frames == 1
    assert "expected t_ns above the row before" in report.cameras["mouth"].last_reason


def test_nothing_at_all_is_an_error_that_says_why(tmp_path):
    source = Ticking("mouth", count=0, error=OSError("no power"))
    with pytest.raises(SessionError, match="one frame, got none: mouth: OSError: no power"):
        record(tmp_path / "out", {"mouth": source}, seconds=0.2)


def test_cues_are_prompted_and_kept(tmp_path):
    cues = [
        Cue(0, 100_000_000, "neutral"),
        Cue(100_000_000, 200_000_000, "take", "jaw_drop"),
        Cue(200_000_000, 300_000_000, "neutral"),
    ]
    said = []
    hooks = RecordHooks(on_cue=said.append)
    report = record(tmp_path / "out", {"mouth": Ticking("mouth")}, cues=cues, hooks=hooks)
    assert said == cues
    assert [cue.kind for cue in report.cues] == ["neutral", "take", "neutral"]
    assert open_session(tmp_path / "out").cues() == list(report.cues)
    assert check_session(tmp_path / "out") == []


def test_a_camera_whose_driver_hangs_is_left_behind(tmp_path, monkeypatch):
    monkeypatch.setattr("mien.capture.camera_feed.JOIN_S", 0.2)
    release = threading.Event()

    class Hanging(Ticking):
        def __iter__(self):
            yield from itertools.islice(super().__iter__(), 3)
            release.wait(30)
            yield Frame(self.camera, time.monotonic_ns(), picture(0))

    hanging = Hanging("eye_left")
    report = record(tmp_path / "out", {"eye_left": hanging, "mouth": Ticking("mouth")}, seconds=0.3)
    assert report.cameras["eye_left"].stop_reason == "its driver did not answer for 0.2 s"
    assert not hanging.is_closed, "releasing a device under a read can crash"
    release.set()
    time.sleep(0.1)
    assert len(open_session(tmp_path / "out").times_ns("eye_left")) == 3
    assert check_session(tmp_path / "out") == []


def test_signals_are_taken_only_while_recording(tmp_path):
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    record(tmp_path / "out", {"mouth": MemorySource(some_frames("mouth", 2))})
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


def test_only_cues_that_were_done_are_kept():
    second = 1_000_000_000
    cues = [
        Cue(0, second, "neutral"),
        Cue(second, 2 * second, "take", "jaw_drop"),
        Cue(2 * second, 3 * second, "neutral"),
        Cue(3 * second, 4 * second, "take", "jaw_left"),
        Cue(4 * second, 5 * second, "neutral"),
    ]
    assert done_cues(cues, 5 * second) == tuple(cues)
    assert done_cues(cues, 4 * second - 1) == tuple(cues[:3]), "a take needs the neutral after it"
    assert done_cues(cues, 3 * second // 2) == tuple(cues[:1])
    cut = Cue(2 * second, 2 * second + 7, "neutral")
    assert done_cues(cues, 2 * second + 6) == (*cues[:2], cut)


def test_bad_requests_are_refused_before_anything_is_written(tmp_path, rig):
    source = MemorySource(some_frames("mouth", 1), {"mouth": rig["mouth"]})
    out = tmp_path / "out"
    with pytest.raises(SourceError, match="expected at least one, got none"):
        record(out, {})
    with pytest.raises(SourceError, match="eye_left: expected a source of this camera, got one of"):
        record(out, {"eye_left": source})
    with pytest.raises(SourceError, match="expected all live or all stored, got both"):
        record(out, {"mouth": source, "eye_left": Ticking("eye_left")})
    with pytest.raises(SourceError, match="seconds: expected above 0, got 0"):
        record(out, {"mouth": source}, seconds=0)
    first = Ticking("eye_left")
    with pytest.raises(SourceError, match="camera 97"):
        record(out, {"eye_left": first, "mouth": 97})
    assert first.is_closed
    assert not out.exists()
    out.mkdir()
    (out / "x").touch()
    with pytest.raises(SessionError, match="expected a new or empty folder"):
        record(out, {"mouth": source})


def test_the_caller_can_end_it_from_another_thread(tmp_path):
    hooks = RecordHooks()
    reports = []
    thread = threading.Thread(
        target=lambda: reports.append(
            record(tmp_path / "out", {"mouth": Ticking("mouth")}, hooks=hooks)
        )
    )
    thread.start()
    time.sleep(0.3)
    hooks.stop.set()
    thread.join(10)
    assert reports[0].cameras["mouth"].frames > 5
    assert check_session(tmp_path / "out") == []


def test_a_camera_that_is_lost_is_sought_and_goes_on(tmp_path, video):
    opened = []

    def opener(_index, *, fps=None):  # noqa: ARG001
        if len(opened) == 3:
            hooks.stop.set()
            raise SourceError("camera 3: unplugged")
        opened.append(cv2.VideoCapture(str(video), cv2.CAP_FFMPEG))
        return opened[-1]

    hooks = RecordHooks()
    source = LiveSource(3, camera="mouth", opener=opener, wait=lambda _s: None)
    report = record(tmp_path / "out", {"mouth": source}, hooks=hooks)
    told = report.cameras["mouth"]
    # The first picture told the size, and was old when the recording began.
    assert (told.frames, told.losses, told.stop_reason) == (5 + 6 + 6, 3, "")
    assert told.loss_reason.startswith("camera 3: ")
    seeds = [1, 2, 3, 4, 5, *range(6), *range(6)]
    for seed, frame in zip(seeds, open_session(tmp_path / "out").frames("mouth"), strict=True):
        assert (frame.gray == picture(seed)).all()


def test_one_camera_that_comes_and_goes_leaves_the_other_alone(tmp_path):
    def short(wire):
        wire.send(HEAD, *(part(scene(i)) for i in range(5)))

    def go_on(frames):
        # A connection gives five; it is made anew after a wait.
        if frames.get("eye_left", 0) >= 12 and frames.get("mouth", 0) >= 12:
            hooks.stop.set()

    hooks = RecordHooks(on_progress=go_on)
    with MjpegServer(short) as server:
        cameras = {"eye_left": server.address, "mouth": Ticking("mouth")}
        report = record(tmp_path / "out", cameras, hooks=hooks)
    eye, mouth = report.cameras["eye_left"], report.cameras["mouth"]
    assert eye.losses >= 2
    assert "ended the stream" in eye.loss_reason
    assert (mouth.losses, mouth.loss_reason) == (0, "")
    assert check_session(tmp_path / "out") == []
