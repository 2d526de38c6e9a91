from __future__ import annotations

import json
import socket
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mien import cli, schema
from mien.capture.values import read_values_csv

TINY = Path(__file__).parent / "runtime" / "tiny_model.tflite"


def run(*arguments) -> int:
    return cli.main([str(argument) for argument in arguments])


@pytest.fixture
def frames(tmp_path) -> Path:
    cv2 = pytest.importorskip("cv2")
    folder = tmp_path / "frames"
    folder.mkdir()
    for index in range(8):
        image = np.random.default_rng(index).integers(40, 60, (60, 80), np.uint8)
        image[20:40, 5 * index + 10 : 5 * index + 30] += 90
        cv2.imwrite(str(folder / f"{index}.png"), image)
    return folder


def test_every_command_has_a_help_text(capsys):
    for command in (*cli.COMMANDS, *cli.GROUPS):
        with pytest.raises(SystemExit) as stopped:
            run(*command.split(), "--help")
        assert stopped.value.code == 0
        assert command in capsys.readouterr().out


def test_no_option_takes_the_place_of_the_subcommand(capsys, tmp_path):
    pytest.importorskip("torch", reason="needs torch")
    assert run("export", tmp_path / "no_run", "--out", tmp_path / "m.tflite") == 2
    assert "expected a checkpoint" in capsys.readouterr().err
    for command in cli.COMMANDS.values():
        assert "execute" not in {name.strip("-").replace("-", "_") for name, _ in command.options}


def test_a_wrong_command_line_is_status_2():
    for arguments in ([], ["dance"], ["track"], ["track", "x", "--out", "y", "--camera", "z"]):
        with pytest.raises(SystemExit) as stopped:
            run(*arguments)
        assert stopped.value.code == 2


@pytest.mark.model
def test_track_writes_a_row_per_frame_and_the_report(frames, tmp_path, capsys):
    out, report = tmp_path / "v.csv", tmp_path / "deep" / "v.json"
    arguments = ("--out", out, "--model", TINY, "--json", report, "--fps", 50)
    assert run("track", frames, "--camera", "eye_right", *arguments) == 0
    table = read_values_csv(out, may_be_empty=True)
    assert len(table) == 8
    assert np.isfinite(table.values[:, schema.VALUE_INDEX["lid_closure_right"]]).all()
    assert np.isnan(table.values[:, schema.VALUE_INDEX["lid_closure_left"]]).all()
    told = json.loads(report.read_text(encoding="utf-8"))
    assert told["states"] == 8
    assert {stage["stage"] for stage in told["stages"]} >= {"flow", "model", "total"}
    assert "8 states" in capsys.readouterr().out


@pytest.mark.model
def test_tracking_twice_gives_the_same_file(frames, tmp_path):
    for name in ("a.csv", "b.csv"):
        assert (
            run("track", frames, "--camera", "mouth", "--out", tmp_path / name, "--model", TINY)
            == 0
        )
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()


@pytest.mark.model
def test_track_sends_to_this_machine_and_tells_how_it_went(frames, tmp_path, capsys):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.settimeout(5)
        port = listener.getsockname()[1]
        sent = ("--send", f"livelink=127.0.0.1:{port}", "--out", tmp_path / "v.jsonl")
        assert run("track", frames, "--camera", "mouth", "--model", TINY, *sent) == 0
        assert len({listener.recv(1000) for _ in range(8)}) == 8
    assert len((tmp_path / "v.jsonl").read_text(encoding="utf-8").splitlines()) == 8
    assert f"8 packets -> 127.0.0.1:{port}" in capsys.readouterr().out


@pytest.mark.model
def test_track_reaches_another_machine_only_with_leave(frames, capsys):
    arguments = ("track", frames, "--camera", "mouth", "--model", TINY)
    assert run(*arguments, "--send", "osc=192.0.2.1:9000") == 2
    assert "--allow-remote" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("track", "nowhere.mp4", "--camera", "mouth", "--out", "x.csv"), "nowhere.mp4: expected"),
        (("track", "nowhere.mp4"), "track: expected --out FILE or --send PROTOCOL, got neither"),
        (("track", "nowhere.mp4", "--send", "udp"), "--send: expected osc, vmc, livelink"),
        (("info", "nowhere.tflite"), "nowhere.tflite: expected a model file"),
        (("evaluate", "nowhere", "--model", TINY), "nowhere: expected a session"),
        (("record", "s", "--camera", "nose=0"), "--camera: expected NAME=SOURCE"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_status_2(
    arguments, reason, capsys, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    pytest.importorskip("rich")
    assert run(*arguments) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"mien: {reason}")
    assert said.count("\n") == 1


def test_a_missing_extra_is_named(monkeypatch, capsys):
    def needs_torch(_given):
        raise ModuleNotFoundError("No module named 'torch'", name="torch")

    info = replace(cli.COMMANDS["info"], run=needs_torch)
    monkeypatch.setitem(cli.COMMANDS, "info", info)
    assert run("info") == 2
    assert "pip install 'mien[train]'" in capsys.readouterr().err


def test_info_prints_the_model(capsys, tmp_path):
    assert run("info", TINY, "--json", tmp_path / "i.json") == 0
    assert schema.schema_hash() in capsys.readouterr().out
    told = json.loads((tmp_path / "i.json").read_text(encoding="utf-8"))
    assert told["training"]["run"] == "tiny"


def test_a_broken_session_is_status_1_and_named(tmp_path, capsys):
    assert run("session", "check", tmp_path) == 1
    assert "session.toml" in capsys.readouterr().out
