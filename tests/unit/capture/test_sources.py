"""Every kind of source gives the same kind of frames; a source of nothing says so."""

from __future__ import annotations

import itertools
import sys

import cv2
import numpy as np
import pytest
from tests.unit.capture.conftest import HEIGHT, WIDTH, picture, some_frames

from mien.capture.folder_source import natural_key
from mien.capture.rig_file import write_rig
from mien.capture.session_writer import SessionWriter
from mien.capture.sources import MemorySource, open_source
from mien.capture.video import to_gray
from mien.errors import SessionError, SourceError
from mien.types import Frame, centred_camera


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "pictures"
    path.mkdir()
    for i in range(12):
        cv2.imwrite(str(path / f"f{i}.png"), picture(i))
    (path / "notes.txt").write_text("not a picture")
    return path


def test_a_session_comes_merged_in_time_order(make_session):
    with open_source(make_session(count=4)) as source:
        assert source.cameras == ("eye_left", "eye_right", "mouth")
        frames = list(source)
        assert len(list(source)) == 12, "a stored source can be read again"
    assert [frame.camera for frame in frames] == ["eye_left", "eye_right", "mouth"] * 4
    times = [frame.t_ns for frame in frames]
    assert times == sorted(times)


def test_a_session_is_decoded_as_it_is_asked_for(make_session, monkeypatch):
    import mien.capture.session as module

    read = []
    whole = module.gray_frames
    monkeypatch.setattr(
        module, "gray_frames", lambda path: (read.append(path.name) or g for g in whole(path))
    )
    with open_source(make_session(count=8)) as source:
        list(itertools.islice(source, 3))
    assert len(read) <= 6


def test_one_camera_of_a_session(make_session):
    path = make_session(count=3)
    with open_source(path / "session.toml", camera="mouth") as source:
        assert source.cameras == ("mouth",)
        assert {frame.camera for frame in source} == {"mouth"}
    with pytest.raises(SourceError, match="expected a camera of eye_left, eye_right, mouth, got"):
        open_source(path, camera="nose")


def test_an_incomplete_session_is_opened_only_on_demand(make_session):
    path = make_session(count=3)
    meta = path / "session.toml"
    meta.write_text(meta.read_text().replace("complete = true", "complete = false"))
    with pytest.raises(SessionError, match="expected complete = true"):
        open_source(path)
    with open_source(path, allow_incomplete=True) as source:
        assert len(list(source)) == 9


def test_a_video_has_its_own_times_in_nanoseconds(video):
    with open_source(str(video), camera="eye_right") as source:
        frames = list(source)
    assert source.rig["eye_right"] == centred_camera(WIDTH, HEIGHT, is_mirrored=True)
    assert [frame.t_ns for frame in frames] == [i * 20_000_000 for i in range(6)]
    for i, frame in enumerate(frames):
        np.testing.assert_array_equal(frame.gray, picture(i))


def test_a_given_rate_beats_the_times_of_the_video(video):
    with open_source(video, camera="mouth", fps=100) as source:
        assert [frame.t_ns for frame in source] == [i * 10_000_000 for i in range(6)]


def test_times_that_stand_still_are_replaced_by_the_rate(video):
    source = open_source(video, camera="mouth")
    assert source._time_ns(0.0, last_ns=0) == 20_000_000
    assert source._time_ns(float("nan"), last_ns=5) == 20_000_005
    assert source._time_ns(33.0, last_ns=5) == 33_000_000


def test_a_video_cut_short_is_just_its_end(video):
    content = video.read_bytes()
    video.write_bytes(content[: len(content) * 2 // 3])
    with open_source(video, camera="mouth") as source:
        assert 1 <= len(list(source)) < 6


def test_a_colour_video_becomes_gray(tmp_path):
    path = str(tmp_path / "c.avi")
    writer = cv2.VideoWriter(path, cv2.CAP_FFMPEG, cv2.VideoWriter.fourcc(*"MJPG"), 25, (64, 48))
    for _ in range(3):
        writer.write(np.full((48, 64, 3), (250, 10, 10), np.uint8))
    writer.release()
    with open_source(path, camera="mouth") as source:
        frames = list(source)
    assert len(frames) == 3
    assert frames[0].gray.shape == (48, 64)
    assert abs(float(frames[0].gray.mean()) - (0.114 * 250 + 0.886 * 10)) < 3


def test_every_gray_level_survives_three_equal_channels():
    levels = np.arange(256, dtype=np.uint8).reshape(16, 16)
    for wide in (16, 15, 3, 1):
        np.testing.assert_array_equal(to_gray(np.dstack([levels[:, :wide]] * 3)), levels[:, :wide])


def test_pictures_of_any_depth_become_gray():
    levels = np.arange(256, dtype=np.uint8).reshape(16, 16)
    np.testing.assert_array_equal(to_gray(levels.astype(np.uint16) << 8), levels)
    np.testing.assert_array_equal(to_gray(levels[..., None]), levels)
    alpha = np.full_like(levels, 255)
    np.testing.assert_array_equal(to_gray(np.dstack([levels] * 3 + [alpha])), levels)
    for wrong in (levels.astype(np.float32), np.zeros((4, 4, 2), np.uint8)):
        with pytest.raises(SourceError, match="expected 8 or 16 bits, 1, 3 or 4 channels"):
            to_gray(wrong)


def test_a_folder_comes_in_natural_order(folder):
    with open_source(folder, camera="eye_left", fps=50) as source:
        frames = list(source)
    assert [frame.t_ns for frame in frames] == [i * 20_000_000 for i in range(12)]
    for i, frame in enumerate(frames):
        np.testing.assert_array_equal(frame.gray, picture(i))


def test_natural_order_of_mixed_names(tmp_path):
    names = ["2.png", "10.png", "a2b1.png", "a2b10.png", "a10.png", "b.png", "b01.png", "b1.png"]
    paths = [tmp_path / name for name in names]
    shuffled = [paths[i] for i in (3, 0, 7, 5, 1, 6, 2, 4)]
    assert sorted(shuffled, key=natural_key) == sorted(paths, key=natural_key)
    assert [p.name for p in sorted(paths, key=natural_key)][:5] == names[:5]


def test_a_bad_picture_is_counted_and_keeps_its_place_in_time(folder):
    (folder / "f3.png").write_bytes(b"not a png")
    (folder / "f5.png").write_bytes(b"")
    cv2.imwrite(str(folder / "f7.png"), picture(7, width=32))
    with open_source(folder, camera="eye_left", fps=100) as source:
        frames = list(source)
        assert source.bad_frames == 3
        assert "f7.png: expected (48, 64) as the first one, got (48, 32)" in source.last_reason
    kept = [i for i in range(12) if i not in (3, 5, 7)]
    assert [frame.t_ns for frame in frames] == [i * 10_000_000 for i in kept]


def test_a_folder_may_bring_its_times(folder):
    (folder / "times.csv").write_text("t_ns\n" + "".join(f"{7 * i}\n" for i in range(12)))
    with open_source(folder, camera="eye_left") as source:
        assert [frame.t_ns for frame in source] == [7 * i for i in range(12)]
    (folder / "times.csv").write_text("t_ns\n1\n")
    with pytest.raises(SourceError, match="expected 12 rows, one per picture, got 1"):
        open_source(folder, camera="eye_left")
    (folder / "times.csv").write_text("t_ns\n2\n1\n")
    with pytest.raises(SourceError, match=r"times.csv row 3: expected t_ns above"):
        open_source(folder, camera="eye_left")


def test_a_rig_gives_a_lone_camera_its_lens(video, tmp_path, rig):
    write_rig(tmp_path / "rig.toml", {"mouth": rig["mouth"]})
    with open_source(video, camera="mouth", rig=tmp_path / "rig.toml") as source:
        assert source.rig["mouth"] == rig["mouth"]
    with pytest.raises(SourceError, match=r"expected \[cameras.eye_left\], got mouth"):
        open_source(video, camera="eye_left", rig=tmp_path / "rig.toml")
    write_rig(tmp_path / "rig.toml", {"mouth": centred_camera(32, 32)})
    with pytest.raises(SourceError, match="expected mouth of 64 x 48 as its pictures are, got 32"):
        open_source(video, camera="mouth", rig=tmp_path / "rig.toml")


def test_a_source_of_nothing_says_so(tmp_path, video, folder):
    (tmp_path / "empty").mkdir()
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "0.png").write_bytes(b"no")
    (tmp_path / "junk.mp4").write_bytes(bytes(range(256)) * 40)
    (tmp_path / "void.mp4").write_bytes(b"")
    (tmp_path / "table.csv").write_text("a,b\n1,2\n" * 100)
    cases = {
        tmp_path / "none": "expected a session folder, a video file, a folder of pictures or a",
        tmp_path / "empty": "expected a session or a folder of pictures",
        tmp_path / "bad": "expected pictures that decode, got 1 that do not",
        tmp_path / "junk.mp4": "expected a video that FFmpeg reads, got 10240 bytes",
        tmp_path / "void.mp4": "expected a video that FFmpeg reads, got an empty file",
        tmp_path / "table.csv": "expected a video",
    }
    for path, message in cases.items():
        with pytest.raises(SourceError, match=message):
            open_source(path, camera="mouth")
    for path in (video, folder, 0):
        with pytest.raises(SourceError, match="the name of its camera, got none; add --ca"):
            open_source(path)
        with pytest.raises(SourceError, match="got 'nose'"):
            open_source(path, camera="nose")
    for fps in (0, -1, float("nan"), float("inf")):
        with pytest.raises(SourceError, match="expected fps within"):
            open_source(video, camera="mouth", fps=fps)


def test_without_opencv_it_is_said_what_to_install(monkeypatch, video, folder, tmp_path):
    monkeypatch.setitem(sys.modules, "cv2", None)
    for source in (video, folder, 0):
        with pytest.raises(SourceError, match=r"expected the module cv2, got none; pip install"):
            open_source(source, camera="mouth")
    with pytest.raises(SourceError, match="expected the module cv2"):
        SessionWriter(tmp_path / "s", {"mouth": centred_camera(WIDTH, HEIGHT)}).add(
            some_frames("mouth", 1)[0]
        )


def test_a_camera_that_is_not_there_says_so(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    for index in (97, "97"):
        with pytest.raises(SourceError, match="camera 97: expected a camera that opens, got none"):
            open_source(index, camera="mouth")


def test_memory_gives_back_its_frames(rig):
    frames = some_frames("mouth", 3)
    with MemorySource(frames, rig) as source:
        assert list(source) == list(source) == frames
    assert MemorySource(frames).rig == {"mouth": centred_camera(WIDTH, HEIGHT)}
    with pytest.raises(SourceError, match="expected cameras eye_left, got 'mouth'"):
        MemorySource(frames, {"eye_left": centred_camera(WIDTH, HEIGHT)})
    with pytest.raises(SourceError, match="expected the name of its camera, got 'nose'"):
        MemorySource([Frame("nose", 0, picture(0))])


@pytest.mark.data
def test_a_real_infrared_clip_is_read_whole_at_its_own_times(shared_data):
    clip = shared_data / "eye_ir" / "eyeloop_short_human_3blink.mp4"
    with open_source(clip, camera="eye_left") as source:
        frames = list(source)
    times = np.array([frame.t_ns for frame in frames])
    assert len(frames) == 284
    assert {frame.gray.shape for frame in frames} == {(480, 640)}
    assert times[0] == 0
    steps_ms = np.diff(times) / 1e6
    assert 12.5 < steps_ms.min() <= steps_ms.max() < 13.2, "77.9 frames per second, evenly"
