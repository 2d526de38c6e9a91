from __future__ import annotations

import json
from dataclasses import replace

import pytest

torch = pytest.importorskip("torch", reason="needs torch")

from mien.errors import ConfigError  # noqa: E402
from mien.train.task_study import (  # noqa: E402
    RUNS_FILE,
    TaskStudy,
    mean_log_ratio,
    run_task_study,
    static_candidates,
)
from mien.train.task_weights.config import (  # noqa: E402
    GradNormConfig,
    MetaConfig,
    TaskConfig,
)
from mien.train.task_weights.cost import extra_share, lesson_steps  # noqa: E402

pytestmark = pytest.mark.train

META = MetaConfig(interval=1, learn_every=8, judged=8, hidden=4)


@pytest.fixture(scope="module")
def study(toy_config, tmp_path_factory):
    config = replace(
        toy_config, epochs=6, batch=32, tasks=TaskConfig(meta=META),
        out=tmp_path_factory.mktemp("study"),
    )  # fmt: skip
    return TaskStudy(train=config, kinds=("mouth",), seeds=1, samples=64)


@pytest.fixture(scope="module")
def report(study):
    return run_task_study(study)


@pytest.mark.slow
def test_every_rule_has_the_compute_of_uniform_weights(report):
    told = report["kinds"]["mouth"]
    arms = {arm["name"]: arm["runs"] for arm in told["arms"]}
    assert list(arms) == ["uniform", "static", "uncertainty", "gradnorm", "meta", "replay"]
    assert told["about"]["budget"] == 12
    for name, runs in arms.items():
        assert [run["seed"] for run in runs] == [0]
        for run in runs:
            spent = run["steps"] + run["extra_steps"]
            assert spent == pytest.approx(12, abs=3), name
            assert all(loss > 0 for loss in run["losses"].values())
    assert arms["meta"][0]["steps"] < 12
    assert arms["replay"][0]["steps"] == 12


def test_a_replay_stretches_the_curve_over_all_steps(report):
    arms = {arm["name"]: arm["runs"][0] for arm in report["kinds"]["mouth"]["arms"]}
    told, again = arms["meta"]["curve"], arms["replay"]["curve"]
    assert again[-1]["weights"] == told[-1]["weights"]
    share = arms["replay"]["steps"] / arms["meta"]["steps"]
    assert again[-1]["step"] == round(told[-1]["step"] * share)


def test_what_was_run_is_not_run_again(study, report):
    def refuse(items, *, what, total=None):
        del total
        assert "epoch" not in what
        return items

    assert run_task_study(study, progress=refuse) == report
    kept = json.loads((study.train.out / RUNS_FILE).read_text())
    assert len(kept) == 6 + 3


def test_static_weights_are_searched_among_three():
    found = static_candidates({"units": 0.25, "boxes": 4.0, "emotion": None})
    inverse = found["inverse of the first loss"]
    assert (inverse.units, inverse.boxes, inverse.emotion) == (4.0, 0.25, 1.0)
    assert found["its square root"].boxes == 0.5
    assert found["units four times"].units == 4.0


def test_a_log_ratio_leaves_unknown_tasks_out():
    assert mean_log_ratio({"a": 1.0, "b": None}, {"a": 1.0, "b": 2.0}) == 0.0


def test_the_cost_of_a_rule():
    assert extra_share(TaskConfig(), tasks=5, batch=8) == 0
    rule = TaskConfig(policy="gradnorm", gradnorm=GradNormConfig(every=2))
    assert extra_share(rule, tasks=3, batch=8) == pytest.approx(1.0)
    # Four trials of two words of a step, nine times eight samples judged forwards.
    assert lesson_steps(META, batch=8) == pytest.approx(8 + 3)
    meta = TaskConfig(policy="meta", meta=META)
    assert extra_share(meta, tasks=3, batch=8) == pytest.approx(11 / 8)


def test_what_was_trained_on_is_not_judged_on(study):
    with pytest.raises(ConfigError, match="judge_sessions: expected none of sessions"):
        replace(study, judge_sessions=study.train.sessions[:1])
