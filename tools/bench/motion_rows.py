"""Slip and the movement of all regions of a camera, beside the flow they are read from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bench import flow_pairs
from bench.kernel_table import Row, row
from bench.timing import medians_ns
from mien import schema
from mien.runtime.regions import reference_band, region_mask, regions_of
from mien.vision.flow import DenseFlow, FlowResult
from mien.vision.motion import VALUES_PER_REGION, RegionMotion

MOST_OF_FLOW: Final = 0.05
BAND: Final = 0.15
"""Width of the reference along the crop's edge, of its side."""
ERROR_LIMIT_PX: Final = 0.05
"""A fifth of the flow's own error."""
ROUNDS: Final = 20

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


def _reference_fit(flow: FlowResult, band: Mask) -> Floats:
    """The flow less its slip, in float64, from every pixel of the band: slow and plain."""
    size = band.shape[0]
    middle = (size - 1) / 2
    y, x = np.mgrid[:size, :size] - middle
    one, zero = np.ones_like(x), np.zeros_like(x)
    design = np.stack([np.stack([one, zero, x, -y], -1), np.stack([zero, one, y, x], -1)], -2)
    flow_px = flow.flow_px.astype(np.float64)
    trust = flow.confidence.astype(np.float64) * (flow.confidence >= 0.02)
    a, b, weight = design[band], flow_px[band], trust[band]
    slip = np.array([*np.median(b, axis=0), 0.0, 0.0])
    for _ in range(ROUNDS):
        off = ((b - a @ slip) ** 2).sum(-1)
        scale = max(2 * float(np.median(off)), 0.05**2)
        w = np.repeat(weight / (1 + off / scale) ** 2, 2)
        rows = a.reshape(-1, 4)
        slip = np.linalg.solve(rows.T @ (rows * w[:, None]), rows.T @ (w * b.ravel()))
    rest: Floats = flow_px - design @ slip
    return rest


def _error_px(size: int, kind: str) -> float:
    """Mean distance of a region's movement from the float64 one, over all of a kind's pairs."""
    dense, band = DenseFlow(size, size), reference_band(size=size, band_px=round(BAND * size))
    masks = [region_mask(box, size=size) for box in regions_of(_camera(kind)).values()]
    motion = RegionMotion(masks, band)
    found = []
    for pair in flow_pairs.face_pairs(size):
        if pair.kind != kind:
            continue
        flow = dense.run(pair.before, pair.after)
        rest = _reference_fit(flow, band)
        got = motion.run(*flow)
        for index, mask in enumerate(masks):
            weight = flow.confidence[mask].astype(np.float64)
            if weight.mean() < 0.05:
                continue
            mean = (rest[mask] * weight[:, None]).sum(0) / weight.sum()
            found.append(float(np.linalg.norm(got.mean_px[index] - mean)))
    return float(np.mean(found))


def _camera(kind: str) -> str:
    return schema.MOUTH_CAMERA if kind == "mouth" else "eye_left"


def rows(size: int, *, seconds: float) -> Iterator[Row]:
    """One row per kind of camera; the goal is a share of the flow's time."""
    for kind in ("eye", "mouth"):
        yield _row(size, kind, seconds=seconds / 2)


def _row(size: int, kind: str, *, seconds: float) -> Row:
    pair = next(pair for pair in flow_pairs.face_pairs(size) if pair.kind == kind)
    dense = DenseFlow(size, size)
    flow = dense.run(pair.before, pair.after)
    masks = [region_mask(box, size=size) for box in regions_of(_camera(kind)).values()]
    motion = RegionMotion(masks, reference_band(size=size, band_px=round(BAND * size)))
    out = np.zeros((len(masks), VALUES_PER_REGION), np.float32)

    def run_flow() -> object:
        return dense.run(
            pair.before, pair.after, out_flow=flow.flow_px, out_confidence=flow.confidence
        )

    ns = medians_ns(
        {"flow": run_flow, "motion": lambda: motion.run(*flow, out=out)}, seconds=seconds
    )
    error = _error_px(size, kind)
    return row(
        f"motion, {kind}, {len(masks)} regions and slip, px",
        f"{size}x{size}",
        ns=ns["motion"],
        peer="our flow",
        peer_ns=ns["flow"],
        most=MOST_OF_FLOW,
        error=error,
        holds=error <= ERROR_LIMIT_PX,
    )
