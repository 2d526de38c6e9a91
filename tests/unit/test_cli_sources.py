"""The command line with cameras: over HTTP, several at once, at a pace, and none at all."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from tests.unit.capture.mjpeg_server import HEAD, MjpegServer, part, scene
from tests.unit.capture.v4l2_tree import add_camera, made_tree

from mien import cli
from mien.capture.values import read_values_csv

TINY = Path(__file__).parent / "runtime" / "tiny_model.tflite"


STOPPABLE = """import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
from mien.cli import main
raise SystemExit(main())
"""
"""A child of a shell's background job ignores Ctrl-C, and so would its own children."""


def run(*arguments) -> int:
    return cli.main([str(argument) for argument in arguments])


def endless(wire):
    wire.send(HEAD)
    for i in range(100_000):
        wire.send(part(scene(i)))
        if stopped.wait(0.01):
            return


stopped = threading.Event()


@pytest.mark.model
def test_track_follows_cameras_on_the_network_until_ctrl_c(tmp_path):
    out, report = tmp_path / "v.csv", tmp_path / "v.json"
    with MjpegServer(endless) as eye, MjpegServer(endless) as mouth:
        cameras = (f"eye_left={eye.address}", f"mouth={mouth.address}")
        words = ("track", *cameras, "--out", out, "--model", TINY, "--json", report)
        command = [sys.executable, "-c", STOPPABLE, *map(str, words)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as tracking:
            try:
                while not out.exists() or out.stat().st_size < 4000:
                    assert tracking.poll() is None
                    stopped.wait(0.05)
                tracking.send_signal(signal.SIGINT)
                said, _ = tracking.communicate(timeout=60)
            finally:
                tracking.kill()
    assert tracking.returncode == 0, said
    assert len(read_values_csv(out, may_be_empty=True)) > 5
    told = json.loads(report.read_text(encoding="utf-8"))
    assert set(told["cameras"]) == {"eye_left", "mouth"}
    assert all(camera["link"]["is_up"] for camera in told["cameras"].values())


@pytest.mark.model
def test_track_plays_what_is_stored_at_a_pace_with_the_same_values(tmp_path):
    folder = tmp_path / "frames"
    folder.mkdir()
    for i in range(8):
        (folder / f"{i}.jpg").write_bytes(scene(i))
    for name, pace in (("plain", ()), ("paced", ("--speed", 20))):
        out = ("--out", tmp_path / f"{name}.csv")
        assert run("track", folder, "--camera", "mouth", *out, "--model", TINY, *pace) == 0
    plain, paced = ((tmp_path / f"{name}.csv").read_bytes() for name in ("plain", "paced"))
    assert len(plain.splitlines()) == 9
    assert plain == paced


def test_record_writes_what_a_camera_on_the_network_gave(tmp_path, capsys):
    out, report = tmp_path / "s", tmp_path / "r.json"
    with MjpegServer(endless) as mouth:
        camera = ("--camera", f"mouth={mouth.address}")
        assert run("record", out, *camera, "--seconds", 1.5, "--json", report) == 0
    told = json.loads(report.read_text(encoding="utf-8"))["cameras"]["mouth"]
    assert told["frames"] >= 1
    assert (told["losses"], told["stop_reason"]) == (0, "")
    assert "mouth" in capsys.readouterr().out
    assert run("session", "check", out) == 0


def test_sources_that_cannot_be_are_status_2(tmp_path, capsys):
    out = ("--out", tmp_path / "v.csv")
    cases = {
        ("http://127.0.0.1:9/stream", "--camera", "mouth"): "expected a camera that answers",
        ("v4l2:dead:beef", "--camera", "mouth"): "expected a camera of this id",
        ("mouth=nowhere.mp4",): "expected a live camera, got nowhere.mp4",
        ("mouth=v4l2:dead:beef", "eye_left"): "source: expected NAME=SOURCE",
        ("mouth=0", "--camera", "mouth"): "expected none beside several sources",
        ("nowhere",): "expected a session folder, a video file",
    }
    for words, message in cases.items():
        assert run("track", *words, *out) == 2
        assert message in capsys.readouterr().err
    assert run("record", tmp_path / "s", "--camera", "nose=0") == 2
    assert "--camera: expected NAME=SOURCE" in capsys.readouterr().err


def test_sources_lists_cameras_with_their_ids(tmp_path, monkeypatch, capsys):
    tree, report = made_tree(tmp_path), tmp_path / "s.json"
    monkeypatch.setattr("mien.capture.v4l2.V4l2Tree", lambda: tree)
    assert run("sources") == 1
    assert "no camera" in capsys.readouterr().out
    add_camera(tree, 0, serial="A1", port="1-1")
    assert run("sources", "--json", report) == 0
    out = capsys.readouterr().out
    assert out.startswith("v4l2:usb-Maker_Eye_A1-video-index0\n")
    assert "also v4l2:0c45:6366:A1" in out
    told = json.loads(report.read_text(encoding="utf-8"))["cameras"]
    assert [one["address"] for one in told] == ["v4l2:usb-Maker_Eye_A1-video-index0"]
    assert told[0]["problem"] == ""
    assert told[0]["node"].endswith("video0")
