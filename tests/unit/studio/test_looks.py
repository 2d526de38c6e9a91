"""Live table, tables, report page, pictures: what a person is shown."""

from __future__ import annotations

import io
import json
import re

import numpy as np
import pytest

from mien import metrics, schema
from mien.types import CameraModel, FaceState, centred_camera

pytest.importorskip("rich")
pytest.importorskip("matplotlib")

YES = np.ones(schema.VALUE_COUNT, np.bool_)


def console():
    from rich.console import Console

    return Console(file=io.StringIO(), width=160)


def printed(thing) -> str:
    out = console()
    out.print(thing)
    return out.file.getvalue()


def test_bars_and_needles_are_as_long_as_their_value():
    from mien.studio.live import BAR_CELLS, bar, needle

    assert [bar(w).count("█") for w in (-1, 0, 0.5, 1, 2)] == [0, 0, 6, 12, 12]
    assert all(len(bar(w)) == BAR_CELLS for w in np.linspace(0, 1, 33))
    assert needle(0.8).index("●") == BAR_CELLS - 1
    assert needle(-0.8).index("●") == 0


def test_the_live_table_shows_every_unit_and_what_is_not_valid():
    from mien.runtime.health import CameraHealth, Health
    from mien.studio.live import LiveTable

    values = np.full(schema.VALUE_COUNT, 0.42, np.float32)
    valid = ~np.isin(schema.VALUE_NAMES, ["tongue_out"])
    health = Health(cameras={"mouth": CameraHealth(frames=3, faults={"size": 2})})
    out = console()
    with LiveTable(health, console=out) as table:
        for t_ns in range(3):
            table.add(FaceState(t_ns, values, valid, valid))
    text = out.file.getvalue()
    assert all(unit.name.replace("_", " ") in text for unit in schema.UNITS)
    assert "bad 2" in text
    assert text.count("0.42") == schema.VALUE_COUNT - 1


def test_the_scores_table_names_every_value_and_the_means():
    from mien.studio.tables import scores_table

    rows = np.random.default_rng(0).uniform(0, 1, (50, schema.VALUE_COUNT))
    text = printed(scores_table(metrics.score(rows, rows)))
    assert all(name in text for name in schema.VALUE_NAMES)
    assert "1.000" in text


def test_percentiles_come_per_stage_and_in_total():
    from mien.studio.latency import summarise
    from mien.studio.tables import latency_table

    stages = summarise({"flow": [1000] * 50 + [9000], "model": [500] * 51})
    assert [(s.stage, s.p50_us) for s in stages] == [("flow", 1.0), ("model", 0.5), ("total", 1.5)]
    assert stages[0].max_us == 9.0
    assert "total" in printed(latency_table(stages))
    assert summarise({"flow": []}) == []


@pytest.mark.parametrize("lens", ["pinhole", "radtan", "fisheye"])
@pytest.mark.parametrize("is_mirrored", [False, True])
def test_points_of_the_crop_lie_where_preprocess_reads_them(lens, is_mirrored):
    """A dot drawn on the sensor where the projection says shows up at that place of the crop."""
    from mien.studio.projection import sensor_points
    from mien.vision.preprocess import Preprocessor

    bend = {"pinhole": (), "radtan": (-0.2, 0.05, 0.002, -0.001), "fisheye": (0.05, -0.01, 0, 0)}
    camera = CameraModel(
        width=320, height=280, fx=260, fy=250, cx=161, cy=138, lens=lens, distortion=bend[lens],
        crop_xyxy_px=(60, 40, 260, 240), rotation_deg=17, is_mirrored=is_mirrored,
    )  # fmt: skip
    uv = np.array([[0.3, 0.25], [0.5, 0.5], [0.8, 0.6]])
    y, x = np.mgrid[:280, :320]
    for place, (px, py) in zip(uv, sensor_points(camera, uv), strict=True):
        dot = 255 * np.exp(-((x - px) ** 2 + (y - py) ** 2) / (2 * 4.0**2))
        crop = Preprocessor(camera).run(dot.astype(np.uint8)).gray.astype(float)
        rows, columns = np.mgrid[:128, :128]
        found = np.array([(crop * columns).sum(), (crop * rows).sum()]) / crop.sum()
        assert np.allclose((found + 0.5) / 128, place, atol=0.01)


def snapshot():
    from mien.studio.snapshot import Snapshot, View
    from mien.types import Frame

    rng = np.random.default_rng(2)
    views = {}
    for name in ("eye_right", "mouth"):
        camera = centred_camera(80, 60, is_mirrored=name == "eye_right")
        views[name] = View(
            frame=Frame(name, 0, rng.integers(0, 255, (60, 80), np.uint8)),
            camera=camera,
            crop=rng.integers(0, 255, (128, 128), np.uint8),
            flow_px=rng.normal(0, 1, (128, 128, 2)).astype(np.float32),
            confidence=np.ones((128, 128), np.float32),
        )
    values = np.full(schema.VALUE_COUNT, 0.3, np.float32)
    return Snapshot(FaceState(10**9, values, YES, YES), views)


def curves(*, has_truth=True, count=90):
    from mien.studio.evaluate import Curves

    rng = np.random.default_rng(3)
    truth = rng.uniform(0, 1, (count, schema.VALUE_COUNT)).astype(np.float32)
    got = truth.copy()
    got[:, schema.VALUE_INDEX["tongue_out"]] = np.nan
    t_ns = np.arange(count) * 16_000_000
    return Curves("a <b> session", t_ns, truth if has_truth else None, got)


def test_pictures_are_drawn_even_without_a_camera_or_a_truth(tmp_path):
    from mien.studio.curves_picture import curves_picture
    from mien.studio.views_picture import views_picture

    for path in (
        views_picture(snapshot(), tmp_path / "deep" / "views.png"),
        curves_picture(curves(), tmp_path / "curves.png"),
        curves_picture(curves(has_truth=False), tmp_path / "lid.png", names=("lid_closure_left",)),
    ):
        assert path.read_bytes()[:4] == b"\x89PNG"
        assert path.stat().st_size > 10_000


def test_still_flow_is_clear_and_fast_flow_is_coloured_by_its_way():
    from mien.studio.views_picture import flow_colours

    flow_px = np.zeros((1, 3, 2), np.float32)
    flow_px[0, 1], flow_px[0, 2] = (3, 0), (-3, 0)
    colours = flow_colours(flow_px, np.ones((1, 3), np.float32))
    assert colours[0, 0, 3] == 0
    assert colours[0, 1, 3] > 0.5
    assert not np.allclose(colours[0, 1, :3], colours[0, 2, :3], atol=0.3)


def test_the_report_is_one_page_that_loads_nothing(tmp_path, tiny_model_path):
    from mien.runtime.model_file import read_model_file
    from mien.studio.evaluate import Evaluation
    from mien.studio.report import write_report

    one = curves()
    scores = metrics.score(one.truth, one.got)
    evaluation = Evaluation(scores, scores, (one,), bad_frames=0)
    path = write_report(evaluation, read_model_file(tiny_model_path)[1], tmp_path / "r" / "r.html")
    page = path.read_text(encoding="utf-8")
    assert "a &lt;b&gt; session" in page
    assert not re.search(r"(src|href|url)\s*[=(]", page)
    assert page.count("<svg") == schema.VALUE_COUNT
    assert "nan" not in page.lower().replace("nanosecond", "")


@pytest.mark.model
def test_the_demo_judges_and_leaves_its_files(session, tiny_model_path, tmp_path):
    from mien.studio.demo import FILES, run_demo

    out = console()
    assert not run_demo(session, tmp_path, model=tiny_model_path, console=out)
    assert "demo: FAIL mean r" in out.file.getvalue()
    out = console()
    assert run_demo(session, tmp_path, model=tiny_model_path, console=out, floor=-1.0)
    assert out.file.getvalue().rstrip().splitlines()[-1].startswith("demo: PASS no state lost")
    assert all((tmp_path / name).stat().st_size > 0 for name in FILES)
    report = json.loads((tmp_path / "demo.json").read_text(encoding="utf-8"))
    assert report["states"] == report["expected_states"] == 120
    assert report["stages"][-1]["stage"] == "total"
