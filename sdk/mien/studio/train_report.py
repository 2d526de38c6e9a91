"""One self-contained HTML page of a training run: losses by epoch, and r of every unit.

It reads the plain data that a run leaves (`history.json`), so it needs no torch.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any, Final

from mien import schema
from mien.studio.page import cards, table, write_page
from mien.studio.tables import number
from mien.studio.weight_curves import weight_figures

WIDTH, HEIGHT = 560, 150
SMALL: Final = 48
STYLE: Final = """
.curves{display:grid;grid-template-columns:repeat(auto-fill,minmax(480px,1fr));gap:.9rem}
td svg{width:160px;height:26px}
.bar{background:var(--line);width:160px;height:9px;border-radius:5px;overflow:hidden}
.bar i{display:block;height:100%;background:var(--middle)}
.bar i.weak{background:var(--right)}
line{stroke:var(--faint);stroke-dasharray:4 4;vector-effect:non-scaling-stroke}
"""

History = Mapping[str, Sequence[Mapping[str, Any]]]


def write_train_report(
    history: History,
    path: Path,
    *,
    training: Mapping[str, Any],
    metrics: Mapping[str, Mapping[str, Any]],
    verification: Mapping[str, Any] | None,
    weights: Sequence[Mapping[str, Any]] = (),
) -> Path:
    """Write the page.

    Args:
        history: By kind of camera, an entry per epoch with `loss`, `validation_loss`, `mean_r`
            and `r` by value.
        path: The HTML file to write; its folder is made.
        training: What the model says about its run; `epochs` tells the best one by kind.
        metrics: Value name -> `r`, `mae`, `n`, `camera` on the validation sessions.
        verification: Clean and covered scores, from the run's verification.
        weights: Lines of the run's weight curves, from `read_weight_entries`.

    Returns:
        `path`.
    """
    figures = "".join(
        _losses(kind, entries, best=training["epochs"].get(kind, 0))
        for kind, entries in history.items()
    )
    body = (
        f"<h1>Training run {escape(str(training['run']))}</h1>"
        f"<p>{escape(', '.join(f'{k} {v}' for k, v in training.items() if k != 'run'))}</p>"
        f"{_cards(history, metrics, verification)}<h2>Losses by epoch</h2>"
        "<p>orange: training, on changed and covered crops; blue: validation, on clean ones; "
        f'dashed: the epoch that was kept</p><div class="curves">{figures}</div>'
        f"{_weights(weights, history)}"
        f"<h2>Every value on the validation sessions</h2>{_table(history, metrics)}"
    )
    return write_page(path, title="mien training", body=body, style=STYLE)


def _cards(
    history: History,
    metrics: Mapping[str, Mapping[str, Any]],
    verification: Mapping[str, Any] | None,
) -> str:
    known = [one["r"] for one in metrics.values() if one["r"] is not None]
    hours = sum(entry["seconds"] for entries in history.values() for entry in entries) / 3600
    facts = [
        (number(sum(known) / len(known) if known else None), "mean r of the values that move"),
        (str(len(known)), "values that move"),
        (f"{hours:.1f} h", "of epochs, both networks"),
    ]
    if verification:
        facts += [
            (number(verification["clean"]["mean_r"]), "mean r, clean twins"),
            (number(verification["covered"]["mean_r"]), "mean r, covered twins"),
            (f"{100 * verification['kept']:.0f} %", "of the mean r kept under covers"),
        ]
    return cards(facts)


def _losses(kind: str, entries: Sequence[Mapping[str, Any]], *, best: int) -> str:
    if not entries:
        return ""
    losses = [[entry[name] for entry in entries] for name in ("loss", "validation_loss")]
    high = max(max(one) for one in losses) * 1.05
    at = _x(best - 1, len(entries))
    lines = "".join(
        f'<polyline class="{side}" points="{_points(values, 0.0, high, height=HEIGHT)}"/>'
        for side, values in zip(("right", "left"), losses, strict=True)
    )
    return (
        f"<figure><figcaption><b>{escape(kind)}</b><span>0 .. {high:.4f}, "
        f"{len(entries)} epochs, best {best}</span></figcaption>"
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none">'
        f'<line x1="{at:.1f}" x2="{at:.1f}" y1="0" y2="{HEIGHT}"/>{lines}</svg></figure>'
    )


def _weights(entries: Sequence[Mapping[str, Any]], history: History) -> str:
    steps = {kind: rows[-1].get("steps", 0) for kind, rows in history.items() if rows}
    figures = weight_figures(entries, steps)
    if not figures:
        return ""
    return (
        "<h2>What each task counted</h2><p>by training step, logarithmic; dashed: 1, the weight of "
        f'every task under uniform weights</p><div class="curves">{figures}</div>'
    )


def _table(history: History, metrics: Mapping[str, Mapping[str, Any]]) -> str:
    heads = ("value", "FACS", "camera", "MAE", "r", "", "r by epoch", "n")
    return table(heads, (_row(name, one, history) for name, one in metrics.items()))


def _row(name: str, one: Mapping[str, Any], history: History) -> str:
    r = max(one["r"] or 0.0, 0.0)
    weak = ' class="weak"' if r < 0.8 else ""
    curve = [entry["r"][name] for entry in history.get(one["camera"], ()) if name in entry["r"]]
    return (
        f"<tr><td>{name.replace('_', ' ')}</td><td>{schema.UNIT_OF_VALUE[name].action_unit}</td>"
        f"<td>{escape(one['camera'])}</td>"
        f'<td class="n">{number(one["mae"])}</td><td class="n">{number(one["r"])}</td>'
        f'<td><div class="bar"><i{weak} style="width:{100 * r:.1f}%"></i></div></td>'
        f'<td><svg viewBox="0 0 {WIDTH} {SMALL}" preserveAspectRatio="none"><polyline '
        f'class="middle" points="{_points(curve, 0.0, 1.0, height=SMALL)}"/></svg></td>'
        f'<td class="n">{one["n"]}</td></tr>'
    )


def _x(index: int, count: int) -> float:
    return WIDTH * (index / (count - 1) if count > 1 else 0.5)


def _points(values: Sequence[float], low: float, high: float, *, height: int) -> str:
    scale = (height - 8) / max(high - low, 1e-12)
    return " ".join(
        f"{_x(i, len(values)):.1f},{height - 4 - (min(max(v, low), high) - low) * scale:.1f}"
        for i, v in enumerate(values)
    )
