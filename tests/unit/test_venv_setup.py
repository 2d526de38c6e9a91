"""The tools' venv is made again when, and only when, what it was made from changed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import machine
import venv_setup

PYPROJECT = '[project]\ndependencies = ["numpy"]\n\n[tool.ruff]\nline-length = 100\n'


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "csrc").mkdir()
    (tmp_path / "csrc" / "flow.cpp").write_text("int one = 1;\n")
    (tmp_path / "CMakeLists.txt").write_text("project(mien)\n")
    (tmp_path / "pyproject.toml").write_text(PYPROJECT)
    (tmp_path / "constraints.txt").write_text("numpy==2.4.6\n")
    monkeypatch.setattr(venv_setup, "ROOT", tmp_path)
    monkeypatch.setattr(venv_setup, "CONSTRAINTS", tmp_path / "constraints.txt")
    monkeypatch.setattr(venv_setup, "STAMP", tmp_path / "stamp.json")
    return tmp_path


def keys() -> tuple[str, str]:
    return venv_setup._dependency_key(), venv_setup._native_key()


def test_a_matter_of_taste_changes_nothing(tree: Path):
    before = keys()
    (tree / "pyproject.toml").write_text(PYPROJECT.replace("100", "88"))
    assert keys() == before


@pytest.mark.parametrize(
    ("name", "text", "is_native"),
    [
        ("pyproject.toml", PYPROJECT.replace("numpy", "numpy>=2"), False),
        ("constraints.txt", "numpy==2.4.7\n", False),
        ("csrc/flow.cpp", "int one = 2;\n", True),
        ("csrc/new.cpp", "", True),
        ("CMakeLists.txt", "project(mien CXX)\n", True),
    ],
)
def test_what_the_venv_is_made_from_changes_its_key(
    tree: Path, name: str, text: str, is_native: bool
):
    before = keys()
    (tree / name).write_text(text)
    changed = [old != new for old, new in zip(before, keys(), strict=True)]
    assert changed == [not is_native, is_native]


def test_a_stamp_of_another_folder_is_not_believed(tree: Path):
    venv_setup.STAMP.write_text(json.dumps({"root": str(tree / "moved")}))
    assert venv_setup._read_stamp() == {}


@pytest.mark.usefixtures("tree")
def test_a_damaged_stamp_is_not_believed():
    venv_setup.STAMP.write_text("{")
    assert venv_setup._read_stamp() == {}


@pytest.mark.usefixtures("tree")
def test_what_an_earlier_command_asked_for_is_kept():
    stamp = {"extras": ["train"], "groups": ["lint"]}
    wanted = venv_setup._wanted(["studio"], ["test"], stamp)
    assert (wanted["extras"], wanted["groups"]) == (["studio", "train"], ["lint", "test"])


def test_who_cannot_install_is_told_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(machine, "can_install", lambda: False)
    assert not machine.install(("libegl1",), why="the renderer")
    assert "the renderer: needs libegl1" in capsys.readouterr().out
