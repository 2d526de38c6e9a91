from __future__ import annotations

import json

import pytest

from mien.studio.weight_curves import (
    HEIGHT,
    WIDTH,
    read_weight_entries,
    step_points,
    weight_figures,
)

ENTRIES = [
    {"kind": "eye", "step": step, "weights": {"units": units, "boxes": 2 - units}, "losses": {}}
    for step, units in ((0, 1.0), (50, 0.01), (75, 2.0))
]


def test_a_weight_stays_until_the_next():
    assert step_points(ENTRIES, "units", 100) == [
        (0.0, 1.0), (0.5, 1.0), (0.5, 0.01), (0.75, 0.01), (0.75, 2.0), (1.0, 2.0),
    ]  # fmt: skip


def test_a_long_curve_keeps_its_ends():
    long = [
        {"kind": "eye", "step": step, "weights": {"units": float(step)}} for step in range(5000)
    ]
    points = step_points(long, "units", 5000)
    assert len(points) < 1000
    assert points[0] == (0.0, 0.0)
    assert points[-1] == (1.0, 4999.0)


def test_the_figure_draws_every_task_between_the_floor_and_all():
    page = weight_figures(ENTRIES, {"eye": 100, "mouth": 100})
    assert page.count("<figure>") == 1
    units = page.split('points="')[1].split('"')[0].split()
    drawn = [tuple(float(one) for one in point.split(",")) for point in units]
    assert drawn[0][0] == 0
    assert drawn[-1][0] == WIDTH
    assert max(y for _, y in drawn) == pytest.approx(HEIGHT)
    assert min(y for _, y in drawn) == pytest.approx(0)
    assert "units 2.00" in page


def test_lines_are_read_as_they_were_written(tmp_path):
    path = tmp_path / "task_weights.jsonl"
    assert read_weight_entries(path) == []
    path.write_text("".join(json.dumps(entry) + "\n" for entry in ENTRIES))
    assert read_weight_entries(path) == ENTRIES
