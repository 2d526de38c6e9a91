from __future__ import annotations

import json
import math

import pytest

pytest.importorskip("matplotlib", reason="needs the studio's packages")

from mien.study.task_page import log_losses, task_markdown, verdicts, write_task_study


def run(seed, units, boxes, *, mean_r=0.5):
    curve = [{"kind": "eye", "step": 0, "weights": {"units": 1.0, "boxes": 1.0}, "losses": {}}]
    losses = {"units": units, "boxes": boxes}
    return {"seed": seed, "steps": 90, "extra_steps": 10.0, "mean_r": mean_r, "mean_mae": 0.1,
            "losses": losses, "curve": curve}  # fmt: skip


UNIFORM = {"name": "uniform", "runs": [run(seed, 1.0, 4.0) for seed in range(3)]}
META = {
    "name": "meta",
    "runs": [run(seed, 0.5, one, mean_r=0.4) for seed, one in enumerate((2.0, 2.1, 2.2))],
}
NOISE = {"name": "gradnorm", "runs": [run(seed, x, 4.0) for seed, x in enumerate((0.5, 2.0, 1.0))]}


def report():
    about = {"samples": 9, "judged": 8, "tasks": 2, "seeds": "0, 1, 2", "budget": 100,
             "searched": 3, "first": 0, "learnt": 1e-4, "same": ""}  # fmt: skip
    arms = [UNIFORM, NOISE, META]
    return {"command": "mien study tasks", "kinds": {"eye": {"about": about, "arms": arms}}}


def test_a_log_loss_compares_with_the_same_seed():
    assert log_losses(UNIFORM, UNIFORM, 1e-4) == [0, 0, 0]
    assert log_losses(META, UNIFORM, 1e-4)[0] == pytest.approx(-math.log(2))


def test_a_task_that_cannot_be_judged_is_left_out():
    one = {"name": "meta", "runs": [run(0, 0.5, None)]}
    base = {"name": "uniform", "runs": [run(0, 1.0, None)]}
    assert log_losses(one, base, 1e-4) == [pytest.approx(math.log(0.5))]


def test_a_loss_that_is_learnt_does_not_drown_the_others():
    one = {"name": "meta", "runs": [run(0, 1.0, 1e-9)]}
    base = {"name": "uniform", "runs": [run(0, 1.0, 1e-6)]}
    assert log_losses(one, base, 1e-4) == [0]


def test_a_verdict_needs_all_seeds_and_two_standard_errors():
    told = verdicts(report()["kinds"]["eye"])
    assert "gradnorm** against uniform: does not differ by the log loss" in told[0]
    assert "meta** against uniform: better by the log loss (-0.669)" in told[1]
    assert "worse by the units' mean r (-0.100)" in told[1]
    assert "meta** against gradnorm" in told[2]


def test_the_page_has_the_cost_the_numbers_and_the_command(tmp_path):
    page = write_task_study(report(), tmp_path).read_text()
    assert page == task_markdown(report())
    assert "| meta | 90 | 10 | 0.400 ± 0.000 | 0.1000 ± 0.0000 |" in page
    assert "`mien study tasks`" in page
    assert (tmp_path / "tasks_eye.png").stat().st_size > 1000
    assert json.loads((tmp_path / "tasks.json").read_text()) == report()
