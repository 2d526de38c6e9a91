"""What tests share: where data lies, and what a machine must have for a test to run."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from hypothesis import settings

# Threads within networks as small as those of the tests wait for each other at every layer: on a
# busy machine that costs ten times what it gains. Read when torch is loaded, here and in children.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# How long an example takes says nothing of the code on a machine that does other work too.
settings.register_profile("mien", deadline=None)
settings.load_profile("mien")

ROOT = Path(__file__).resolve().parents[1]

_RENDER = """
import moderngl
context = moderngl.create_context(standalone=True, backend="egl")
print(context.info["GL_RENDERER"], context.version_code)
"""


@cache
def egl_problem() -> str:
    """Why this machine cannot render; empty when it can.

    Asked in a process of its own: a broken driver ends the process, not the test run.
    """
    if importlib.util.find_spec("moderngl") is None:
        return "moderngl is not installed"
    try:
        asked = subprocess.run(
            [sys.executable, "-c", _RENDER],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return "OpenGL over EGL did not answer within 120 s"
    if asked.returncode == 0:
        return ""
    said = asked.stderr.strip().splitlines() or [f"exit status {asked.returncode}"]
    return (
        f"no OpenGL over EGL ({said[-1]}); Debian: apt-get install libegl1 libgl1 libgl1-mesa-dri"
    )


def _missing(*modules: str) -> str:
    absent = [name for name in modules if importlib.util.find_spec(name) is None]
    return f"not installed: {', '.join(absent)}" if absent else ""


def _reason_to_skip(item: pytest.Item) -> str:
    if item.get_closest_marker("train") and (reason := _missing("torch")):
        return reason
    if item.get_closest_marker("model") and (reason := _missing("ai_edge_litert")):
        return reason
    return egl_problem() if item.get_closest_marker("egl") else ""


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip, with the reason, what this machine cannot run."""
    if reason := _reason_to_skip(item):
        pytest.skip(reason)


@pytest.fixture(scope="session")
def needs_egl() -> None:
    """Skip the test unless this machine renders; the fixture form of the marker `egl`."""
    if reason := egl_problem():
        pytest.skip(reason)


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository's top folder."""
    return ROOT


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The data folder that is not part of the repository: `MIEN_DATA`, or the one beside us."""
    folder = Path(os.environ.get("MIEN_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"MIEN_DATA: expected a folder with the shared data, got {folder}")
    return folder


@pytest.fixture(scope="session")
def sample_session() -> Path:
    """The sample session that ships with the package."""
    folder = ROOT / "sdk" / "mien" / "samples" / "showcase"
    assert folder.is_dir(), f"{folder}: the shipped sample is missing"
    return folder
