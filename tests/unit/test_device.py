"""tools/device.py over a real ssh connection to this machine; adb only as far as its arguments."""

from __future__ import annotations

import json
import platform
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import device
from device_link import AdbLink, DeviceError, open_link

pytest.importorskip("asyncssh", reason="the ssh server of the tests is asyncssh")
pytestmark = pytest.mark.skipif(
    shutil.which("ssh") is None, reason="ssh: apt-get install openssh-client"
)
TAG = f"cp{sys.version_info.major}{sys.version_info.minor}"


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """A device: its address, and the options that let us in."""
    folder = tmp_path_factory.mktemp("ssh")
    command = [sys.executable, str(Path(__file__).with_name("ssh_server.py")), str(folder)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        port = int(server.stdout.readline())
        yield (
            f"ssh://tester@127.0.0.1:{port}",
            [
                f"IdentityFile={folder / 'key'}",
                "IdentitiesOnly=yes",
                "StrictHostKeyChecking=no",
                "UserKnownHostsFile=/dev/null",
                "LogLevel=ERROR",
            ],
        )
        server.stdin.close()


@pytest.fixture
def call(served, tmp_path: Path):
    """Run the tool on the device; results go to `tmp_path / "out"`."""
    address, options = served
    words = [word for option in options for word in ("-o", option)]

    def run(*arguments: str | Path, at: str = address) -> int:
        out = ["--out", str(tmp_path / "out")]
        return device.main([at, *words, *out, *map(str, arguments)])

    return run


def script(path: Path, text: str) -> Path:
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="ascii")
    return path


@pytest.mark.model
@pytest.mark.slow
def test_tests_and_benchmark_run_there_and_their_results_come_home(call, tmp_path, capsys):
    pytest.importorskip("cv2")
    assert call("--installed", "--python", sys.executable, "--seconds", "0.02") == 0
    out = tmp_path / "out"
    found = json.loads((out / "wheel_test.json").read_text(encoding="utf-8"))
    assert found["kernels"]["compared"] > 0
    assert found["session"]["states"] > 0
    measured = json.loads((out / "mien-bench.json").read_text(encoding="utf-8"))
    assert measured["header"]["tool"] == "mien bench"
    assert (out / "mien-bench.csv").is_file()
    assert "everything passed" in capsys.readouterr().out


def test_a_program_is_copied_run_and_its_results_fetched(call, tmp_path: Path, capsys):
    result = {"header": {"cpu": "made up"}, "noise": {"is_noisy": True, "reasons": ["a test"]}}
    program = script(
        tmp_path / "bench",
        f"pwd > results/where.txt; echo \"$@\" > results/given.txt; echo '{json.dumps(result)}' "
        "> results/mien_bench.json",
    )
    assert call("--bench", program, "--seconds", "0.5") == 0
    out = tmp_path / "out"
    assert (out / "given.txt").read_text(encoding="ascii").startswith("--seconds 0.5 --json ")
    there = Path((out / "where.txt").read_text(encoding="ascii").strip())
    assert there.name.startswith("mien-")
    assert not there.exists()
    assert "made up, a test" in capsys.readouterr().out


def test_a_program_that_fails_there_is_told_and_what_it_wrote_comes_home(call, tmp_path, capsys):
    program = script(tmp_path / "bench", "echo half > results/half.txt; exit 3")
    assert call("--bench", program) == device.FAILED
    assert (tmp_path / "out" / "half.txt").is_file()
    assert "FAILED: mien_bench" in capsys.readouterr().out


def test_a_program_that_writes_nothing_is_no_success(call, tmp_path: Path, capsys):
    assert call("--bench", script(tmp_path / "bench", "exit 0")) == device.IMPOSSIBLE
    assert "expected mien_bench.json, got none" in capsys.readouterr().err


@pytest.mark.model
@pytest.mark.slow
def test_a_wheel_is_installed_there_and_one_that_does_not_work_fails(call, tmp_path, capfd):
    pytest.importorskip("cv2")
    machine = platform.machine()
    path = tmp_path / f"mien-0.1.0-{TAG}-{TAG}-linux_{machine}.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mien/__init__.py", "raise ImportError('an empty wheel')\n")
        about = "mien-0.1.0.dist-info"
        archive.writestr(f"{about}/METADATA", "Metadata-Version: 2.1\nName: mien\nVersion: 0.1.0\n")
        tag = f"{TAG}-{TAG}-linux_{machine}"
        archive.writestr(f"{about}/WHEEL", f"Wheel-Version: 1.0\nTag: {tag}\n")
        archive.writestr(f"{about}/RECORD", "")
    (tmp_path / "none").mkdir()
    words = ("--wheel", path, "--packages", tmp_path / "none", "--python", sys.executable)
    assert call(*words, "--seconds", "0.02") == device.FAILED
    packages = (tmp_path / "out" / "packages.txt").read_text(encoding="ascii")
    assert "mien==0.1.0" in packages
    told = capfd.readouterr()
    assert "FAILED: tests, mien bench" in told.out
    assert "an empty wheel" in told.out + told.err


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("board.local", "expected ssh://"),
        ("telnet://board", "expected ssh://"),
        ("ssh://", "expected ssh://"),
        ("ssh://board:many", "expected ssh://"),
        ("ssh://board/folder", "expected ssh://"),
        ("ssh://no-such-host.invalid", "expected a device that answers, got"),
    ],
)
def test_an_unknown_device_is_told(call, tmp_path, capsys, address: str, words: str):
    program = script(tmp_path / "bench", "exit 0")
    assert call("--bench", program, at=address) == device.IMPOSSIBLE
    assert words in capsys.readouterr().err


def test_a_device_that_does_not_let_us_in_is_told(served, tmp_path: Path):
    address, options = served
    others = [one for one in options if not one.startswith("IdentityFile")]
    with pytest.raises(DeviceError, match=r"expected a device that answers, got.*denied"):
        open_link(address, options=[*others, f"IdentityFile={tmp_path / 'none'}"])


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([], "expected --wheel, --installed or --bench, got none"),
        (["--bench", "none"], "none: expected to be there"),
        (["--installed", "--wheel", "x.whl"], "--installed: expected no --wheel"),
    ],
)
def test_a_job_that_is_none_is_refused(call, capsys, words: list[str], told: str):
    assert call(*words) == device.IMPOSSIBLE
    assert told in capsys.readouterr().err


def test_a_folder_that_cannot_be_written_is_told_first(tmp_path: Path, capsys):
    program = script(tmp_path / "bench", "exit 0")
    words = ["--bench", str(program), "--out", str(program / "out")]
    assert device.main(["ssh://no-such-host.invalid", *words]) == device.IMPOSSIBLE
    assert "expected a folder that can be written, got:" in capsys.readouterr().err


@pytest.mark.parametrize("name", [f"mien-0.1.0-{TAG}-{TAG}-linux_sparc.whl", "mien-0.1.0-x.whl"])
def test_a_wheel_of_another_machine_is_refused_before_it_is_copied(call, tmp_path, capsys, name):
    (tmp_path / name).write_bytes(b"")
    words = ("--wheel", tmp_path / name, "--python", sys.executable)
    assert call(*words) == device.IMPOSSIBLE
    assert f"expected a wheel for {TAG} on" in capsys.readouterr().err


def test_a_device_without_that_python_is_told(call, capsys):
    assert call("--installed", "--python", "no-such-python") == device.IMPOSSIBLE
    assert "no-such-python" in capsys.readouterr().err


class TestAdb:
    """With a program that notes its arguments in place of adb: no Android device was at hand."""

    @pytest.fixture
    def noted(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        folder, notes = tmp_path / "bin", tmp_path / "notes"
        folder.mkdir()
        answer = 'case "$*" in *"uname -m"*) echo aarch64;; *mktemp*) echo /there;; esac'
        script(folder / "adb", f'printf "%s|" "$@" >> {notes}; echo >> {notes}\n{answer}').chmod(
            0o755
        )
        monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
        return notes

    def test_serial_and_words_are_passed(self, noted: Path, tmp_path: Path):
        link = open_link("adb:R5CT1")
        link.push(tmp_path / "load", "/there")
        link.fetch("/there/results", tmp_path / "out")
        assert noted.read_text(encoding="utf-8").splitlines() == [
            "-s|R5CT1|shell|uname -m|",
            f"-s|R5CT1|push|{tmp_path}/load/.|/there|",
            f"-s|R5CT1|pull|/there/results/.|{tmp_path}/out|",
        ]

    def test_the_only_device_needs_no_serial(self, noted: Path):
        assert open_link("adb").ask("uname -m") == "aarch64"
        assert noted.read_text(encoding="utf-8").splitlines() == ["shell|uname -m|"] * 2

    def test_programs_go_where_they_may_be_run(self):
        assert AdbLink("").temporary == "/data/local/tmp"

    def test_without_adb_the_message_says_what_to_install(self, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setenv("PATH", "/nowhere")
        with pytest.raises(DeviceError, match=r"expected adb on this machine; apt-get install adb"):
            open_link("adb")

    def test_a_device_that_is_not_there_is_told(self, tmp_path, monkeypatch):
        script(tmp_path / "adb", "echo \"error: device 'X' not found\" >&2; exit 1").chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
        with pytest.raises(DeviceError, match=r"expected a device that answers.*'X' not found"):
            open_link("adb:X")
