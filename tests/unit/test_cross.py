"""Cross-compiled wheels are refused when they are not what their name says."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from cross import debian_tree, emulated_python, interpreters, wheel_build, wheel_contents
from cross.targets import TARGETS
from tool_call import StepError, StepSkippedError

AARCH64 = TARGETS["linux-aarch64"]
MODULE = "mien/_core.cpython-311-aarch64-linux-gnu.so"
TAG = "cp311-cp311-manylinux2014_aarch64"


def elf(machine: int) -> bytes:
    return b"\x7fELF" + bytes(14) + machine.to_bytes(2, "little") + bytes(40)


def wheel(folder: Path, files: dict[str, bytes], *, tag: str = TAG) -> Path:
    path = folder / f"mien-0.1.0-{tag}.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for name, body in files.items():
            archive.writestr(name, body)
    return path


def test_a_wheel_of_the_right_module_passes(tmp_path: Path):
    wheel_contents.require_module(wheel(tmp_path, {MODULE: elf(183)}), AARCH64, "cp311")


@pytest.mark.parametrize(
    ("files", "tag", "words"),
    [
        ({"mien/_core.cpython-311-x86_64-linux-gnu.so": elf(183)}, TAG, "expected the module"),
        ({MODULE: elf(183), "mien/other.so": elf(183)}, TAG, "expected the module"),
        ({}, TAG, "expected the module"),
        ({MODULE: elf(62)}, TAG, "expected an ELF file for aarch64"),
        ({MODULE: elf(183)}, "cp311-cp311-linux_aarch64", "expected a manylinux tag"),
    ],
)
def test_a_wheel_of_another_machine_under_the_tag_is_refused(
    tmp_path: Path, files: dict[str, bytes], tag: str, words: str
):
    with pytest.raises(StepError, match=words):
        wheel_contents.require_module(wheel(tmp_path, files, tag=tag), AARCH64, "cp311")


def test_the_model_is_weighed_apart(tmp_path: Path):
    path = wheel(tmp_path, {MODULE: bytes(100), "mien/models/a.tflite": bytes(20)})
    sizes = wheel_contents.sizes(path)
    assert sizes.model == 20
    assert sizes.core == path.stat().st_size - 20


def test_zig_is_told_the_machine_and_its_oldest_library(monkeypatch: pytest.MonkeyPatch):
    pytest.importorskip("ziglang")
    monkeypatch.delenv("MIEN_ZIG_CPU", raising=False)

    def asked(name: str, **options: str) -> str:
        return TARGETS[name].environment(**options)["MIEN_ZIG_TARGET"]

    assert asked("linux-aarch64") == "aarch64-linux-gnu.2.17"
    assert asked("linux-armv7l") == "arm-linux-gnueabihf.2.17"
    assert asked("linux-x86_64", libc="musl") == "x86_64-linux-musl"
    assert asked("linux-armv7l", libc="musl") == "arm-linux-musleabihf"
    assert TARGETS["linux-x86_64"].environment()["MIEN_ZIG_CPU"] == "x86_64_v2"
    assert TARGETS["linux-armv7l"].environment()["MIEN_ZIG_CPU"] == "generic+v7a+neon+vfp4"


def test_headers_that_are_missing_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(interpreters.shutil, "which", lambda _: None)
    monkeypatch.setattr(interpreters, "PYENV", tmp_path)
    with pytest.raises(StepError, match=r"CPython 3\.12: expected its C headers"):
        wheel_build.build(AARCH64, "3.12", out=tmp_path)


def test_a_python_of_pyenv_is_found_and_a_stand_in_passed_over(tmp_path, monkeypatch):
    stand_in, real = (
        tmp_path / "shim",
        tmp_path / "versions" / "3.12.1" / "bin" / "python3.12",
    )
    real.parent.mkdir(parents=True)
    (tmp_path / "include").mkdir()
    (tmp_path / "include" / "Python.h").touch()
    for path, text in (
        (stand_in, "echo 'pyenv: not chosen' >&2; exit 127"),
        (real, f'case "$2" in *sysconfig*) echo {tmp_path}/include;; *) echo 1;; esac'),
    ):
        path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
        path.chmod(0o755)
    monkeypatch.setattr(interpreters.shutil, "which", lambda _: str(stand_in))
    monkeypatch.setattr(interpreters, "PYENV", tmp_path)
    assert interpreters.interpreter("3.12") == real
    assert interpreters.headers("3.12") == tmp_path / "include"
    assert interpreters.interpreter("3.10") is None


def test_a_python_that_no_debian_serves_is_not_run(tmp_path: Path):
    with pytest.raises(
        StepSkippedError, match=r"CPython 3\.12 for aarch64: expected 3\.11 or 3\.13"
    ):
        emulated_python.install(tmp_path / "x.whl", AARCH64, "3.12")


def test_without_apt_the_message_says_what_to_have(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(debian_tree.shutil, "which", lambda _: None)
    with pytest.raises(StepSkippedError, match="expected apt-get"):
        debian_tree.unpack(
            tmp_path / "tree", architecture="arm64", suite="bookworm", packages=("bash",)
        )
