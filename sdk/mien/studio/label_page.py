"""The page of a labelled session: what was refused and why, what was read where, and the labels."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Final

from mien.studio.label_drawings import (
    arrows,
    cells,
    label_curve,
    neutral_picture,
    neutral_symbol,
    picture,
    seconds_axis,
    side_of,
    take_curve,
)
from mien.studio.label_reasons import explain
from mien.studio.label_views import CameraView, CurveView, RegionView, SessionView, TakeView
from mien.studio.page import cards, table, write_page

STYLE: Final = """
.grid{display:grid;gap:.9rem}.refusals{grid-template-columns:repeat(auto-fill,minmax(560px,1fr))}
.regions{grid-template-columns:repeat(auto-fill,minmax(340px,1fr))}
.strip{display:flex;gap:.4rem;margin:.4rem 0}.strip>div{flex:1;min-width:0;text-align:center;
font-size:.75rem;color:var(--faint)}
.crop{border-radius:6px}.why{color:var(--bad)}.what{font-size:.85rem}
.cell{fill:var(--middle);fill-opacity:.38}.still{fill:var(--left);fill-opacity:.30}
.arrow path{stroke:#fff;stroke-width:.9;fill:none}.arrow circle{fill:#fff}
svg text{fill:var(--faint);font-size:9px}.take text{font-size:6.5px}
.asked{fill:var(--faint);fill-opacity:.18}.refused{fill:var(--bad);fill-opacity:.16}
.mark{stroke:var(--ink);stroke-opacity:.55;stroke-dasharray:2 3}
.largest{stroke:var(--faint);stroke-dasharray:5 4}.axis,.second{stroke:var(--line)}
.peak{fill:var(--ink)}.known{stroke:var(--faint)}.masked{stroke:var(--bad);stroke-dasharray:3 3}
.free{stroke-dasharray:6 2}.trust{fill:var(--middle)}.mistrust{fill:var(--bad)}
.label{height:76px}.curves figure{padding:.2rem .7rem;margin:.25rem 0}
.key{display:flex;gap:1.4rem;flex-wrap:wrap;font-size:.85rem;color:var(--faint);margin:.4rem 0}
.key i{display:inline-block;width:22px;height:9px;margin-right:.4rem;border-radius:2px}
.axis-row{position:sticky;top:0;background:var(--paper);padding:0 .75rem}
td,th{white-space:nowrap}td.why{white-space:normal}summary{cursor:pointer;color:var(--faint)}
"""


def write_label_page(view: SessionView, path: Path, *, key: str) -> Path:
    """Write the page of one session.

    Args:
        view: What it shows.
        path: The HTML file.
        key: Stands in the page, to know again what it was made from.
    """
    head = f'<meta name="labels" content="{escape(key)}">'
    body = (
        f"<h1>Labels of {escape(view.name)}</h1><p>{_about(view.about)}</p>{_cards(view)}"
        f"{''.join(map(neutral_symbol, view.cameras))}{_refusals(view)}{_regions(view)}"
        f"{_curves(view)}{_takes(view)}"
    )
    return write_page(path, title=f"labels of {view.name}", body=body, style=STYLE, head=head)


def words(name: str) -> str:
    """A value or camera as words."""
    return escape(name.replace("_", " "))


def largest_of(view: SessionView) -> Mapping[tuple[str, str], TakeView]:
    """(value, camera) -> the largest accepted take of it."""
    found: dict[tuple[str, str], TakeView] = {}
    for take in view.takes:
        key = (take.name, take.camera)
        if not take.refusal and (key not in found or take.peak > found[key].peak):
            found[key] = take
    return found


def _about(about: Mapping[str, str]) -> str:
    return " · ".join(f"{escape(word)} {escape(fact)}" for word, fact in about.items() if fact)


def _cards(view: SessionView) -> str:
    measured = [curve for curve in view.curves if (curve.mask & ~curve.is_cue).any()]
    rows = sum(int((curve.mask & ~curve.is_cue).sum()) for curve in measured)
    facts = (
        (str(len(view.takes) - len(view.refused)), "takes used"),
        (str(len(view.refused)), "takes refused"),
        (str(len(measured)), "values measured"),
        (f"{rows:,}", "measured labels"),
        (f"{view.seconds:.0f} s", f"{view.frames:,} frames of {len(view.cameras)} cameras"),
    )
    return cards(facts)


def _refusals(view: SessionView) -> str:
    if not view.refused:
        return "<h2>Refused takes</h2><p>None: every take was used.</p>"
    largest, regions = largest_of(view), _regions_by_key(view)
    shown = "".join(
        _refusal(take, largest.get((take.name, take.camera)), regions.get((take.name, take.camera)))
        for take in view.refused
    )
    return (
        "<h2>Refused takes</h2><p>A refused take gives no labels; its rows are kept, masked, with "
        "the reason. Gray: when the movement was asked for. Upright lines: where the measured "
        "movement begins, is largest and ends. Green: where this unit is read.</p>"
        f'<div class="grid refusals">{shown}</div>'
    )


def _refusal(take: TakeView, best: TakeView | None, region: RegionView | None) -> str:
    frames = dict(take.frames)
    if region is not None and region.peak is not None:
        frames["an accepted take, at its peak"] = region.peak
    outlines = (
        [cells(region.cells, len(gray), "cell") for gray in frames.values()] if region else []
    )
    # Only the face at rest: what moved is easier to see without a drawing over it.
    strip = "".join(
        f"<div>{picture(gray, ''.join(outlines[:1]) if at == 0 else '')}{escape(moment)}</div>"
        for at, (moment, gray) in enumerate(frames.items())
    )
    return (
        f'<figure id="take-{take.number}-{take.name}-{take.camera}"><figcaption>'
        f"<b>{words(take.name)}</b><span>take {take.number} · {words(take.camera)} · "
        f"asked at {take.cue_s[0]:.1f} s</span></figcaption>"
        f'<div class="why">{escape(take.refusal)}</div>'
        f'<p class="what">{explain(take.refusal)}</p><div class="strip">{strip}</div>'
        f"{take_curve(take, largest=best.peak if best else 0.0)}</figure>"
    )


def _regions_by_key(view: SessionView) -> Mapping[tuple[str, str], RegionView]:
    return {
        (region.name, camera.name): region for camera in view.cameras for region in camera.regions
    }


def _regions(view: SessionView) -> str:
    parts = "".join(_camera(camera) for camera in view.cameras)
    return (
        "<h2>Where each unit is read</h2><p>Found by the labeller, not drawn by hand, on the face "
        "at rest. Blue: the reference, skin that moves only with the headset and tells how it "
        "slipped. Green: the region of a unit, with the way its skin goes. Beside it the peak of "
        "the largest accepted take. The right eye is mirrored to look like a left one; lids and "
        "gaze are read from their looks and have no region.</p>"
        f"{parts}"
    )


def _camera(camera: CameraView) -> str:
    side = len(camera.neutral)
    reference = cells(camera.reference, side, "still")
    pair = (
        f"<div>{neutral_picture(camera, reference)}</div><div>{neutral_picture(camera, '')}</div>"
    )
    first = (
        "<figure><figcaption><b>reference</b>"
        f"<span>{camera.reference.mean():.0%} of the crop</span></figcaption>"
        f'<div class="strip">{pair}</div></figure>'
    )
    others = "".join(_region(camera, region) for region in camera.regions)
    return f'<h2>{words(camera.name)}</h2><div class="grid regions">{first}{others}</div>'


def _region(camera: CameraView, region: RegionView) -> str:
    side = len(camera.neutral)
    over = cells(region.cells, side, "cell") + arrows(region, side)
    peak = picture(region.peak) if region.peak is not None else "no accepted take"
    note = f"{region.peak_px:.1f} px" if region.peak is not None else ""
    return (
        f"<figure><figcaption><b>{words(region.name)}</b><span>{note}</span></figcaption>"
        f'<div class="strip"><div>{neutral_picture(camera, over)}</div><div>{peak}</div></div>'
        "</figure>"
    )


def _curves(view: SessionView) -> str:
    figures = "".join(_curve(curve, view) for curve in view.curves)
    return (
        "<h2>The labels</h2>"
        '<div class="key"><span><i style="background:var(--left)"></i>measured, the wearer\'s left'
        "</span>"
        '<span><i style="background:var(--right)"></i>right</span>'
        '<span><i style="background:var(--middle)"></i>neither side</span>'
        '<span><i style="background:var(--faint)"></i>known from the cue</span>'
        '<span><i style="background:var(--bad)"></i>masked</span>'
        "<span>dashed: in a spontaneous stretch</span>"
        "<span>▾ peak of a take</span><span>strip below: confidence, red where masked</span>"
        "<span>no line: no label</span></div>"
        f'<div class="axis-row">{seconds_axis(view.seconds)}</div>'
        f'<div class="curves">{figures}</div>'
    )


def _curve(curve: CurveView, view: SessionView) -> str:
    takes = [take for take in view.takes if take.name == curve.name]
    used = curve.mask & ~curve.is_cue
    mean = float(curve.confidence[used].mean()) if used.any() else 0.0
    note = f"{int(used.sum())} measured, confidence {mean:.2f}" if used.any() else "not measured"
    return (
        f"<figure><figcaption><b>{words(curve.name)}</b><span>{note}</span></figcaption>"
        f"{label_curve(curve, takes, seconds=view.seconds)}</figure>"
    )


def _takes(view: SessionView) -> str:
    heads = ("take", "value", "camera", "start", "peak", "end", "size", "share", "over noise", "")
    rows = (_row(take) for take in sorted(view.takes, key=lambda t: (t.number, t.name, t.camera)))
    return (
        f'<h2>Every take</h2><details open=""><summary>{len(view.takes)} rows</summary>'
        f"{table(heads, rows)}</details>"
    )


def _row(take: TakeView) -> str:
    link = f"#take-{take.number}-{take.name}-{take.camera}"
    verdict = f'<a href="{link}">{escape(take.refusal)}</a>' if take.refusal else "used"
    kind = ' class="why"' if take.refusal else ""
    numbers = (
        *(f"{at:.2f} s" for at in (take.start_s, take.peak_s, take.end_s)),
        f"{take.peak:.2f} {take.unit}",
        f"{take.share:.2f}",
        f"{min(take.snr, 999):.0f}",
    )
    cells_of_row = "".join(f'<td class="n">{escape(text)}</td>' for text in numbers)
    return (
        f'<tr><td class="n">{take.number}</td><td class="{side_of(take.name)}">{words(take.name)}'
        f"</td><td>{words(take.camera)}</td>{cells_of_row}<td{kind}>{verdict}</td></tr>"
    )
