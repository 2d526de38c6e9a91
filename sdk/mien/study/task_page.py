"""The study of task weights as Markdown and as a picture: every rule at equal compute (B9)."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean, stdev
from typing import Any, Final

from mien.studio.theme import FAINT, INK, PANEL, paper, save
from mien.studio.weight_curves import COLOURS, LOWEST, step_points
from mien.study.markdown import spread, table

JSON_FILE: Final = "tasks.json"
PAGE_FILE: Final = "tasks.md"
PICTURE_FILE: Final = "tasks.png"
_BASE: Final = "uniform"
_ABOUT: Final = """\
{samples} training and {judged} judged samples, {tasks} tasks, seeds {seeds}. Every rule has the
compute of {budget} training steps of uniform weights: what GradNorm's extra backward passes and the
meta-network's trials cost is taken from the child's own steps, to whole epochs (a forward pass is a
third of a step, a backward pass two thirds). *static* is the best of {searched} given weightings,
chosen with seed {first} by the mean log loss; that search is not counted. The row *replay*, where
there is one, has the meta-network's curve for free and all the steps: what the curve is worth if
finding it costs nothing.

*log loss* is the mean over the tasks of `log(loss / loss under uniform weights)`, of the same seed:
below 0 is better, and a loss under {learnt:g} counts as learnt. It is also what the meta-network
learns from and *static* is chosen by{same}. ± is the deviation over seeds.
"""

Arm = Mapping[str, Any]
"""`name` and `runs`, one per seed, each with `seed`, `steps`, `extra_steps`, `mean_r`, `mean_mae`,
`losses` by task and `curve`, the lines of `task_weights.jsonl`."""


def write_task_study(report: dict[str, Any], out: Path) -> Path:
    """Write the table, the picture and their numbers.

    Args:
        report: From `mien.train.task_study.run_task_study`, with `command` added.
        out: Folder to write into; it is made.

    Returns:
        The page.
    """
    out.mkdir(parents=True, exist_ok=True)
    (out / JSON_FILE).write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    (out / PAGE_FILE).write_text(task_markdown(report), encoding="utf-8")
    for kind, told in report["kinds"].items():
        _picture(told["arms"], out / PICTURE_FILE.replace(".", f"_{kind}."))
    return out / PAGE_FILE


def task_markdown(report: Mapping[str, Any]) -> str:
    """The page."""
    parts = ["# Rules for the task weights\n", f"`{report['command']}`\n"]
    for kind, told in report["kinds"].items():
        parts += [f"## {kind}\n", _ABOUT.format(**told["about"])]
        parts += [_summary(told), _losses(told["arms"])]
        parts += ["".join(f"- {line}\n" for line in verdicts(told))]
        picture = PICTURE_FILE.replace(".", f"_{kind}.")
        parts += [f"![weights by step, first seed]({picture})\n"]
    return "\n".join(parts)


def _summary(told: Mapping[str, Any]) -> str:
    arms, learnt = told["arms"], told["about"]["learnt"]
    rows = [
        (
            arm["name"],
            f"{fmean(run['steps'] for run in arm['runs']):.0f}",
            f"{fmean(run['extra_steps'] for run in arm['runs']):.0f}",
            spread([run["mean_r"] for run in arm["runs"]]),
            spread([run["mean_mae"] for run in arm["runs"]], digits=4),
            spread(log_losses(arm, arms[0], learnt)),
        )
        for arm in arms
    ]
    heads = ("rule", "steps", "cost beyond them, steps", "mean r of the units", "MAE", "log loss")
    return table(heads, rows)


def _losses(arms: Sequence[Arm]) -> str:
    tasks = list(arms[0]["runs"][0]["losses"])
    rows = [
        (arm["name"], *(spread(_of_task(arm, task), digits=2) for task in tasks)) for arm in arms
    ]
    return table(("loss when judged, in thousandths", *tasks), rows)


def _of_task(arm: Arm, task: str) -> list[float | None]:
    losses = (run["losses"][task] for run in arm["runs"])
    return [None if loss is None else 1000 * loss for loss in losses]


def log_losses(arm: Arm, base: Arm, learnt: float) -> list[float]:
    """Per seed, the mean over the tasks of the log of the loss by the base's loss.

    Args:
        arm: A rule.
        base: What it is compared with.
        learnt: A loss below this counts as this much.
    """
    found = []
    for run, other in zip(arm["runs"], base["runs"], strict=True):
        pairs = [(run["losses"][task], loss) for task, loss in other["losses"].items()]
        found.append(
            fmean(
                math.log(max(mine, learnt) / max(loss, learnt))
                for mine, loss in pairs
                if mine is not None and loss is not None
            )
        )
    return found


def verdicts(told: Mapping[str, Any]) -> list[str]:
    """What each rule is worth against uniform, and the meta-network against the others."""
    learnt = told["about"]["learnt"]
    known = {arm["name"]: arm for arm in told["arms"]}
    lines = [_verdict(arm, known[_BASE], learnt) for name, arm in known.items() if name != _BASE]
    if "meta" in known:
        simpler = ("static", "uncertainty", "gradnorm")
        lines += [_verdict(known["meta"], known[name], learnt) for name in simpler if name in known]
    return lines


def _verdict(arm: Arm, base: Arm, learnt: float) -> str:
    gains = [-one for one in log_losses(arm, base, learnt)]
    units = [
        run["mean_r"] - other["mean_r"]
        for run, other in zip(arm["runs"], base["runs"], strict=True)
    ]
    return (
        f"**{arm['name']}** against {base['name']}: {_word(gains)} by the log loss "
        f"({-fmean(gains):+.3f}), {_word(units)} by the units' mean r ({fmean(units):+.3f})"
    )


def _word(gains: Sequence[float]) -> str:
    """Better or worse only where the mean is two standard errors from 0 and no seed disagrees."""
    error = stdev(gains) / math.sqrt(len(gains)) if len(gains) > 1 else math.inf
    is_clear = abs(fmean(gains)) > 2 * error
    if is_clear and min(gains) > 0:
        return "better"
    return "worse" if is_clear and max(gains) < 0 else "does not differ"


def _picture(arms: Sequence[Arm], path: Path) -> Path:
    columns = math.ceil(len(arms) / 2)
    figure = paper(3.4 * columns, 5.2)
    grid = figure.add_gridspec(
        2, columns, left=0.06, right=0.99, top=0.93, bottom=0.16, hspace=0.3, wspace=0.12
    )
    tasks = list(arms[0]["runs"][0]["losses"])
    for place, arm in enumerate(arms):
        run = arm["runs"][0]
        axes = figure.add_subplot(grid[place // columns, place % columns])
        axes.set_facecolor(PANEL)
        axes.tick_params(colors=FAINT, labelleft=place % columns == 0)
        for task, colour in zip(tasks, COLOURS, strict=False):
            points = step_points(run["curve"], task, run["steps"])
            axes.plot([100 * at for at, _ in points], [weight for _, weight in points],
                      color=colour, label=task if place == 0 else None)  # fmt: skip
        axes.set(yscale="log", ylim=(LOWEST, len(tasks)), xlim=(0, 100))
        axes.set_title(arm["name"], loc="left", color=INK, fontsize=10)
    figure.legend(loc="lower center", ncols=len(tasks), facecolor=PANEL, labelcolor=INK,
                  edgecolor=FAINT)  # fmt: skip
    figure.supxlabel("share of the child's steps, %", color=FAINT, y=0.085, fontsize=9)
    return save(figure, path)
