"""One self-contained HTML page of an evaluation: table and curves, nothing loaded from outside."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mien import schema
from mien.metrics import Scores, ValueScore
from mien.runtime.model_file import ModelInfo
from mien.studio.evaluate import Curves, Evaluation
from mien.studio.page import cards, table, write_page
from mien.studio.tables import number

WIDTH, HEIGHT = 560, 96
POINTS: Final = 700
"""A curve is thinned to so many points."""
SHOWN_SESSIONS: Final = 3

STYLE: Final = """
tr.still{color:var(--faint)}
.bar{background:var(--line);width:160px;height:9px;border-radius:5px;overflow:hidden}
.bar i{display:block;height:100%;background:var(--middle)}
.bar i.weak{background:var(--right)}
.curves{display:grid;grid-template-columns:repeat(auto-fill,minmax(540px,1fr));gap:.9rem}
.truth{fill:var(--faint);fill-opacity:.22;stroke:var(--faint);stroke-opacity:.7}
"""


def write_report(evaluation: Evaluation, info: ModelInfo, path: Path) -> Path:
    """Write the page.

    Args:
        evaluation: From `evaluate_sessions`.
        info: The model that was evaluated.
        path: The HTML file to write; its folder is made.

    Returns:
        `path`.
    """
    return write_page(path, title="mien evaluation", body=_body(evaluation, info), style=STYLE)


def _body(evaluation: Evaluation, info: ModelInfo) -> str:
    sessions = "".join(_session(curves) for curves in evaluation.curves[:SHOWN_SESSIONS])
    training = ", ".join(f"{key} {value}" for key, value in info.training.items())
    return (
        f"<h1>How well the tracker follows the truth</h1><p>model {escape(info.path.name)}"
        f"{escape(': ' + training if training else '')}</p>{_cards(evaluation)}"
        f"<h2>Every value</h2>{_table(evaluation.scores)}{sessions}"
    )


def _cards(evaluation: Evaluation) -> str:
    states = sum(len(curves.t_ns) for curves in evaluation.curves)
    facts = (
        (number(evaluation.scores.mean_r), "mean r of the values that move"),
        (number(evaluation.scores.mean_mae), "mean absolute error"),
        (number(evaluation.control.mean_r), "mean r against shuffled truth (control)"),
        (str(len(evaluation.curves)), "sessions"),
        (str(states), "face states"),
        (str(evaluation.bad_frames), "frames skipped"),
    )
    return cards(facts)


def _table(scores: Scores) -> str:
    rows = (_row(name, one) for name, one in scores.units.items())
    return table(("value", "FACS", "MAE", "r", "", "n"), rows)


def _row(name: str, one: ValueScore) -> str:
    share = max(one.r or 0.0, 0.0)
    weak = ' class="weak"' if share < 0.8 else ""
    still = ' class="still"' if one.r is None else ""
    return (
        f"<tr{still}><td>{name.replace('_', ' ')}</td>"
        f"<td>{schema.UNIT_OF_VALUE[name].action_unit}</td>"
        f'<td class="n">{number(one.mae)}</td><td class="n">{number(one.r)}</td>'
        f'<td><div class="bar"><i{weak} style="width:{100 * share:.1f}%"></i></div></td>'
        f'<td class="n">{one.n}</td></tr>'
    )


def _session(curves: Curves) -> str:
    if curves.truth is None or len(curves.t_ns) < 2:
        return ""
    is_moving = np.nanstd(curves.truth, axis=0) > 0.01
    names = [n for n, moves in zip(schema.VALUE_NAMES, is_moving, strict=True) if moves]
    figures = "".join(_figure(curves, name) for name in names)
    return (
        f"<h2>Session {escape(curves.name)}</h2>"
        "<p>gray: exact truth; colour: tracked; "
        f"{(curves.t_ns[-1] - curves.t_ns[0]) * 1e-9:.1f} s, the values that move</p>"
        f'<div class="curves">{figures}</div>'
    )


def _figure(curves: Curves, name: str) -> str:
    index = schema.VALUE_INDEX[name]
    low, high = (
        (-schema.GAZE_MAX_RAD, schema.GAZE_MAX_RAD) if name in schema.GAZE_NAMES else (0.0, 1.0)
    )
    keep = np.unique(np.linspace(0, len(curves.t_ns) - 1, POINTS).round().astype(int))
    t_ns = curves.t_ns[keep]
    x = (t_ns - t_ns[0]) / max(float(t_ns[-1] - t_ns[0]), 1.0) * WIDTH

    def points(values: NDArray[np.float32]) -> str:
        y = HEIGHT - 4 - (np.clip(values[keep], low, high) - low) / (high - low) * (HEIGHT - 8)
        return " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, y, strict=True) if np.isfinite(b))

    side = next((s for s in schema.SIDES if name.endswith(f"_{s}")), "middle")
    truth = "" if curves.truth is None else points(curves.truth[:, index])
    return (
        f"<figure><figcaption><b>{name.replace('_', ' ')}</b>"
        f"<span>{low:g} .. {high:g}</span></figcaption>"
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none">'
        f'<polygon class="truth" points="0,{HEIGHT - 4} {truth} {WIDTH},{HEIGHT - 4}"/>'
        f'<polyline class="{side}" points="{points(curves.got[:, index])}"/></svg></figure>'
    )
