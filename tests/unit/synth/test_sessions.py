from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from mien.capture.check import check_session
from mien.capture.session import open_session
from mien.capture.video import gray_frames
from mien.errors import ConfigError, HeadError
from mien.synth.labels import LABELS
from mien.synth.recipe import RECIPES, Recipe, load_recipe
from mien.synth.sessions import exact_flow, render_sessions, session_name
from mien.synth.truth_files import BOXES_FILE, LABELS_FOLDER, SCENE_COLUMNS, SCENE_FILE


def _recipe(head_path: Path, **changes) -> Recipe:
    settings = {"seconds": 3.0, "fps": 20.0, "max_resolution": 120, "seed": 4} | changes
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
    scene = (path / SCENE_FILE).read_text().splitlines()
    assert scene[0].split(",") == list(SCENE_COLUMNS)
    assert len(scene) == len(truth) + 1


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


@pytest.mark.data
@pytest.mark.egl
def test_a_changed_recipe_is_rendered_anew(rendered, head_path, tmp_path):
    out = tmp_path / "copy"
    shutil.copytree(rendered, out)
    told: list[tuple[str, int, int]] = []
    render_sessions(out, _recipe(head_path, noise=0.5), progress=lambda *event: told.append(event))
    assert len(told) == 1
    assert _digests(out) != _digests(rendered)


def _tiny_recipe(*heads: Path) -> Recipe:
    return load_recipe("tiny", heads, wearers=2, max_resolution=120)


@pytest.fixture(scope="module")
def tiny(head_path, second_head_path, request, tmp_path_factory) -> Path:
    """Two wearers of the shipped recipe, one of each head."""
    request.getfixturevalue("needs_egl")
    out = tmp_path_factory.mktemp("tiny")
    recipe = _tiny_recipe(head_path, second_head_path)
    render_sessions(out, recipe)
    return out


@pytest.mark.data
@pytest.mark.egl
def test_the_tiny_recipe_writes_every_kind_of_truth(tiny):
    paths = sorted(path for path in tiny.iterdir() if path.is_dir())
    assert [open_session(path).meta["head"] for path in paths] == [
        "ict_facekit_light",
        "makehuman_head_arkit",
    ]
    for path in paths:
        assert check_session(path) == []
        session = open_session(path)
        boxes = [line.split(",") for line in (path / BOXES_FILE).read_text().splitlines()[1:]]
        assert {row[1] for row in boxes} == set(session.cameras)
        assert {row[2] for row in boxes} >= {"face", "jaw_drop", "lid_closure_left"}
        for _, camera, _, *edges in boxes:
            x0, y0, x1, y1 = map(float, edges)
            width, height = session.rig[camera].size_wh
            assert -0.5 <= x0 < x1 <= width
            assert -0.5 <= y0 < y1 <= height
        for camera in session.cameras:
            codes = list(gray_frames(path / LABELS_FOLDER / f"{camera}.mkv"))
            assert len(codes) == len(session.times_ns(camera))
            seen = {LABELS[code] for code in np.unique(np.stack(codes))}
            assert "skin" in seen
            assert seen & ({"lips"} if camera == "mouth" else {"lid", "iris", "sclera"})


@pytest.mark.data
@pytest.mark.egl
def test_flow_between_two_frames_of_a_session(head_path):
    recipe = _recipe(head_path)
    flows = exact_flow(recipe, 0, first=20, second=24)
    assert set(flows) == {"eye_left", "eye_right", "mouth"}
    moved = [np.linalg.norm(flow.flow_px[flow.valid], axis=1).mean() for flow in flows.values()]
    assert max(moved) > 0.05
    with pytest.raises(ConfigError, match="second"):
        exact_flow(recipe, 0, first=0, second=10_000)


@pytest.mark.data
@pytest.mark.egl
@pytest.mark.slow
def test_two_processes_give_the_same_bytes(tiny, head_path, second_head_path, tmp_path):
    recipe = _tiny_recipe(head_path, second_head_path)
    render_sessions(tmp_path, recipe, workers=2)
    assert _digests(tmp_path) == _digests(tiny)


@pytest.mark.data
@pytest.mark.egl
@pytest.mark.slow
def test_a_killed_run_resumes_where_it_was(tiny, head_path, second_head_path, tmp_path):
    command = [sys.executable, "-m", "mien", "synth", str(tmp_path), "--recipe", "tiny"]
    command += ["--head", str(head_path), "--head", str(second_head_path)]
    command += ["--wearers", "2", "--max-resolution", "120"]
    first, second = (tmp_path / f"train_7_w000{wearer}" for wearer in range(2))
    run = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 240
    half = second.with_name(second.name + ".part")
    while not (first.is_dir() and half.is_dir()) and time.monotonic() < deadline:
        time.sleep(0.02)
    run.kill()
    run.wait()
    assert first.is_dir()
    assert not second.exists()
    before = (first / "mouth.mkv").stat().st_mtime_ns
    render_sessions(tmp_path, _tiny_recipe(head_path, second_head_path))
    assert (first / "mouth.mkv").stat().st_mtime_ns == before
    assert not half.exists()
    assert _digests(tmp_path) == _digests(tiny)


@pytest.mark.data
@pytest.mark.egl
@pytest.mark.slow
def test_two_ray_workers_give_the_same_bytes(tiny, head_path, second_head_path, tmp_path):
    pytest.importorskip("ray", reason="not installed: ray")
    recipe = _tiny_recipe(head_path, second_head_path)
    render_sessions(tmp_path, recipe, workers=2, ray_address="local")
    assert _digests(tmp_path) == _digests(tiny)


def test_shipped_recipes_share_no_rig_seed_or_motion():
    made = {path.stem: load_recipe(path.stem, (Path("head.npz"),)) for path in RECIPES.glob("*")}
    assert {"tiny", "train", "validation", "test"} <= set(made)
    for name in ("train", "validation", "test"):
        assert made[name].split == name


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("wearer = 3", r"expected keys .*'wearer'"),
        ("head = 'x.npz'", "expected keys"),
        ("[mix]\ngaze = 3", "'gaze'"),
        ("mix = 3", "expected a table"),
        ("[mix]\ntakes = 9", "takes"),
        ("truth = ['depth']", "truth: expected some of"),
        ("seed = 'x'", "own.toml: expected numbers"),
    ],
)
def test_a_recipe_file_that_does_not_fit_is_refused(text, reason, tmp_path):
    path = tmp_path / "own.toml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=reason):
        load_recipe(str(path), (Path("head.npz"),))


def test_an_unknown_recipe_is_refused_with_those_there_are():
    with pytest.raises(ConfigError, match=r"expected .*tiny, train, validation.*got 'exam'"):
        load_recipe("exam", (Path("head.npz"),))
