"""The validator finds each way to break the format, names it, and never falls over."""

from __future__ import annotations

import shutil

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.unit.capture.conftest import picture

from mien.capture.check import PROBLEMS_PER_FILE, check_session
from mien.capture.video import GrayVideoWriter, count_frames, gray_frames
from mien.errors import SessionError


def rules(path):
    return [str(problem) for problem in check_session(path)]


def test_a_good_session_has_no_problems(make_session):
    assert check_session(make_session()) == []


def test_what_is_no_session_says_so(tmp_path):
    for path in (tmp_path, tmp_path / "none"):
        (problem,) = check_session(path)
        assert "expected a session folder with session.toml, got none" in problem.rule


def replaced(old: str, new: str):
    def edit(path):
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new, 1))

    return edit


def line(number: int, text: str):
    def edit(path):
        lines = path.read_text().splitlines()
        lines[number - 1] = text
        path.write_text("\n".join(line for line in lines if line) + "\n")

    return edit


def without(start: int, stop: int):
    def edit(path):
        lines = path.read_text().splitlines(keepends=True)
        path.write_text("".join(lines[: start - 1] + lines[stop - 1 :]))

    return edit


def text(content: str):
    return lambda path: path.write_text(content)


def gone(path):
    path.unlink()


def junk(path):
    path.write_bytes(bytes(range(256)) * 8)


CUES = "start_ns,end_ns,kind,name,yaw_rad,pitch_rad\n"
FAULTS = {
    "version": ("session.toml", replaced("version = 1", "version = 9"), "expected version = 1"),
    "format": ("session.toml", replaced("mien-", "men-"), "session.toml: expected format"),
    "toml junk": ("session.toml", junk, "session.toml: expected UTF-8 text"),
    "counts": (
        "session.toml",
        replaced("mouth = 8", "mouth = 9"),
        "expected frames.mouth = 8, got",
    ),
    "no rig": ("rig.toml", gone, "rig.toml: expected a file, got none"),
    "rig junk": ("rig.toml", junk, "rig.toml: expected UTF-8"),
    "size": ("rig.toml", replaced("width = 64", "width = 63"), "expected 63 x 48 as in rig.toml"),
    "pose": ("rig.toml", replaced("-40.0", "nan"), "[cameras.mouth] expected headset_from_camera"),
    "unknown camera": ("rig.toml", replaced("cameras.mouth", "cameras.chin"), "got 'chin'"),
    "no video": ("mouth.mkv", gone, "mouth.mkv: expected a video file, got none"),
    "video junk": ("mouth.mkv", junk, "mouth.mkv: expected a video that FFmpeg reads, got 2048"),
    "empty video": ("mouth.mkv", text(""), "mouth.mkv: expected a video .*, got an empty file"),
    "no times": ("mouth.times.csv", gone, "mouth.times.csv: expected a file, got none"),
    "times back": ("mouth.times.csv", line(4, "7"), "mouth.times.csv row 4: expected t_ns above"),
    "times short": ("mouth.times.csv", line(9, ""), "mouth.times.csv: expected 8 rows, .*, got 7"),
    "times junk": ("mouth.times.csv", junk, "mouth.times.csv: expected UTF-8"),
    "cue kind": ("cues.csv", replaced("take", "jump"), "cues.csv row 3: expected kind one of"),
    "cue name": ("cues.csv", replaced("jaw_drop", "jaw"), "row 3: expected name of a unit"),
    "cue overlap": ("cues.csv", line(3, "9,30,neutral,,0,0"), "row 3: expected start_ns at or"),
    "cue outside": ("cues.csv", line(5, "90000000,9000000000,blink,,0,0"), "row 5: expected a cue"),
    "cue empty": ("cues.csv", line(2, "0,1,neutral,,0,0"), "row 2: expected at least one frame"),
    "take last": ("cues.csv", line(4, ""), "neutral before and after a take, got neutral and gaze"),
    "take alone": ("cues.csv", line(2, ""), "row 2: expected neutral before and after a take"),
    "cues junk": ("cues.csv", junk, "cues.csv: expected UTF-8"),
    "truth column": ("truth.csv", replaced("jaw_drop", "jaw"), "truth.csv row 1: expected column"),
    "truth nan": ("truth.csv", replaced("\n0,0.", "\n0,nan0."), "truth.csv row 2: expected"),
    "truth range": (
        "truth.csv",
        replaced("\n0,0.", "\n0,10."),
        "row 2: expected brow_lowerer_left",
    ),
    "truth late": ("truth.csv", without(2, 5), "row 2: expected the first row at most 20 ms after"),
    "truth early": (
        "truth.csv",
        without(8, 11),
        "row 7: expected the last row at most",
    ),
    "truth junk": ("truth.csv", junk, "truth.csv: expected UTF-8"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_named_by_file_and_row(make_session, name):
    import re

    file, harm, message = FAULTS[name]
    path = make_session()
    harm(path / file)
    found = rules(path)
    pattern = message if ".*" in message else re.escape(message)
    assert any(re.search(pattern, rule) for rule in found), found


def test_a_gap_in_the_truth_is_named_by_row(make_session):
    path = make_session()
    lines = (path / "truth.csv").read_text().splitlines(keepends=True)
    (path / "truth.csv").write_text("".join(lines[:3] + lines[6:]))
    (found,) = rules(path)
    assert (
        found == "truth.csv row 4: expected at most 50000000 ns after the row before, got 66666668"
    )


def test_a_stray_video_is_named(make_session):
    path = make_session()
    shutil.copy(path / "mouth.mkv", path / "nose.mkv")
    (found,) = rules(path)
    assert found.startswith("nose.mkv: expected a camera of rig.toml (eye_left, eye_right, mouth)")


def test_many_problems_of_one_file_are_counted_not_listed(make_session):
    path = make_session()
    (path / "mouth.times.csv").write_text("t_ns\n" + "x\n" * 500)
    found = [problem for problem in check_session(path) if problem.file == "mouth.times.csv"]
    assert len(found) == PROBLEMS_PER_FILE + 1
    assert "further problems" in found[-1].rule


def test_a_video_cut_in_its_middle_is_named(make_session):
    path = make_session()
    whole = (path / "mouth.mkv").read_bytes()
    (path / "mouth.mkv").write_bytes(whole[: len(whole) // 2])
    found = rules(path)
    assert any("mouth.times.csv: expected" in rule and "got 8" in rule for rule in found), found


def test_a_folder_in_the_place_of_a_file_is_a_problem(make_session):
    path = make_session()
    for name in ("mouth.mkv", "eye_left.times.csv", "cues.csv", "truth.csv"):
        (path / name).unlink()
        (path / name).mkdir()
    files = {problem.file for problem in check_session(path)}
    assert {"mouth.mkv", "eye_left.times.csv", "cues.csv", "truth.csv"} <= files


@given(data=st.data())
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_damage_anywhere_never_raises(make_session, tmp_path, data):
    source = tmp_path / "whole"
    if not source.exists():
        make_session("whole", count=3)
    path = tmp_path / "hurt"
    shutil.rmtree(path, ignore_errors=True)
    shutil.copytree(source, path)
    name = data.draw(st.sampled_from(sorted(file.name for file in source.iterdir())))
    content = bytearray((path / name).read_bytes())
    start = data.draw(st.integers(0, len(content) - 1))
    piece = data.draw(st.binary(max_size=16))
    content[start : start + data.draw(st.integers(0, 64))] = piece
    (path / name).write_bytes(bytes(content))
    for problem in check_session(path):
        assert problem.rule


def test_sizes_that_are_no_multiple_of_a_block_are_kept_and_odd_ones_refused(tmp_path):
    for width, height in ((63, 46), (62, 47)):
        with pytest.raises(SessionError, match="expected even width and height"):
            GrayVideoWriter(tmp_path / "odd.mkv", width=width, height=height, fps=90.0)
    for width, height in ((62, 46), (18, 2), (400, 402)):
        path = tmp_path / f"{width}.mkv"
        writer = GrayVideoWriter(path, width=width, height=height, fps=90.0)
        for seed in range(3):
            writer.add(picture(seed, width=width, height=height))
        writer.close()
        assert count_frames(path) == (3, (width, height))
        for seed, gray in enumerate(gray_frames(path)):
            assert (gray == picture(seed, width=width, height=height)).all()
