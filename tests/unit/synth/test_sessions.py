from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import numpy as np
import pytest

from mien.capture.check import check_session
from mien.capture.session import open_session
from mien.errors import ConfigError, HeadError
from mien.synth.recipe import Recipe
from mien.synth.sessions import render_sessions, session_name


def _recipe(head_path: Path, **changes) -> Recipe:
    settings = {"seconds": 3.0, "fps": 20.0, "max_resolution": 200, "seed": 4} | changes
    return Recipe(head=head_path, **settings)


def _digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def rendered(head_path, request, tmp_path_factory) -> Path:
    request.getfixturevalue("needs_egl")
    out = tmp_path_factory.mktemp("rendered")
    render_sessions(out, _recipe(head_path))
    return out


@pytest.mark.data
@pytest.mark.egl
def test_a_rendered_session_keeps_the_format(rendered, head_path):
    path = rendered / session_name(_recipe(head_path), 0)
    assert check_session(path) == []
    session = open_session(path)
    assert session.meta["missing"] == ["lip_tightener_left", "lip_tightener_right", "tongue_out"]
    truth = session.truth()
    assert truth is not None
    for camera in session.cameras:
        times = session.times_ns(camera)
        assert len(times) == len(truth) == sum(1 for _ in session.frames(camera))
        assert np.abs(times - truth.t_ns).max() < 3_000_000
    assert (path / "truth_slip.csv").is_file()


@pytest.mark.data
@pytest.mark.egl
def test_the_same_recipe_gives_the_same_bytes(rendered, head_path, tmp_path):
    render_sessions(tmp_path, _recipe(head_path))
    assert _digests(tmp_path) == _digests(rendered)


@pytest.mark.data
@pytest.mark.egl
def test_resume_keeps_what_is_whole_and_renders_what_is_not(rendered, head_path, tmp_path):
    out = tmp_path / "copy"
    shutil.copytree(rendered, out)
    recipe = _recipe(head_path)
    path = out / session_name(recipe, 0)
    before = (path / "mouth.mkv").stat().st_mtime_ns
    told: list[tuple[str, int, int]] = []
    render_sessions(out, recipe, progress=lambda *event: told.append(event))
    assert (path / "mouth.mkv").stat().st_mtime_ns == before
    assert told == []
    text = (path / "session.toml").read_text().replace("complete = true", "complete = false")
    (path / "session.toml").write_text(text)
    render_sessions(out, recipe, progress=lambda *event: told.append(event))
    assert told == [(path.name, 1, 1)]
    assert _digests(out) == _digests(rendered)


def test_a_missing_head_is_refused_before_anything_is_written(tmp_path):
    with pytest.raises(HeadError, match="expected a file"):
        render_sessions(tmp_path / "out", Recipe(head=tmp_path / "none.npz"))
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "change", [{"wearers": 0}, {"fps": 1.0}, {"split": "exam"}, {"rigs": ("lens_ring",)}]
)
def test_a_recipe_outside_its_range_is_refused(change):
    with pytest.raises(ConfigError):
        Recipe(head=Path("head.npz"), **change)
