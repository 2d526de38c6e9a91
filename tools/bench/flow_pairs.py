"""Image pairs with known flow, for benchmarks: rendered faces, and Middlebury's.

Face pairs lie clean in `face_pairs.npz` (made by `make_face_pairs.py`); what a camera adds is
put on here, the same every time: noise, a change of gain, a glint that does not move with the
face. Middlebury pairs: Baker et al., "A Database and Evaluation Methodology for Optical Flow",
IJCV 2011.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

SIZE: Final = 256
"""Side of the stored crops, pixels."""
FLOW_STEPS_PER_PX: Final = 128
FLOW_ZERO: Final = 32768
FACE_PAIRS: Final = Path(__file__).with_name("face_pairs.npz")
MIDDLEBURY: Final = ("Dimetrodon", "Hydrangea", "RubberWhale", "Venus")

NOISE_GRAY: Final = 2.0
"""Standard deviation of the noise added to each image, gray levels."""
GAIN_CHANGE: Final = 0.12
"""The second image of a pair is brighter or darker by this share."""
_UNKNOWN: Final = 1e9
"""Middlebury writes larger numbers where the flow is not known."""
_ENOUGH: Final = 0.75
"""Share of an area that must be known for its mean flow to count."""

Float32 = NDArray[np.float32]


class FlowPair(NamedTuple):
    """Two images and the flow between them."""

    name: str
    kind: str
    """`eye`, `mouth` or `middlebury`."""
    before: NDArray[np.uint8]
    """Shape (size, size)."""
    after: NDArray[np.uint8]
    flow_px: Float32
    """Shape (size, size, 2): where each pixel of `before` went; 0 where not valid."""
    valid: NDArray[np.bool_]
    """Shape (size, size)."""


def face_pairs(size: int, *, is_clean: bool = False, path: Path = FACE_PAIRS) -> Iterator[FlowPair]:
    """Rendered eye and mouth pairs.

    Args:
        size: Side in pixels, at most 256.
        is_clean: True: without noise, gain change and glint.
        path: The archive.
    """
    with np.load(path, allow_pickle=False) as archive:
        for name in sorted({entry.rpartition("/")[0] for entry in archive}):
            images = [_decoded(archive[f"{name}/{part}"]) for part in ("before", "after", "flow")]
            steps = images[2].astype(np.float32)
            flow_px = (steps[..., :2] - FLOW_ZERO) / FLOW_STEPS_PER_PX
            pair = FlowPair(
                name,
                name.partition("/")[0],
                images[0],
                images[1],
                flow_px.astype(np.float32),
                steps[..., 2] > 0,
            )
            small = _shrunk(pair, size)
            yield small if is_clean else _as_seen(small)


def middlebury(size: int, folder: Path | None = None) -> Iterator[FlowPair]:
    """Middlebury's pairs, a centred square shrunk to `size`; none if the folder is not there.

    Args:
        size: Side in pixels.
        folder: With one folder per pair; default: in the data folder (`MIEN_DATA`).
    """
    root = folder or _data_folder() / "flow_middlebury"
    for name in MIDDLEBURY:
        place = root / name
        if not (place / "flow10.flo").is_file():
            continue
        images = [cv2.imread(str(place / f"frame{n}.png"), cv2.IMREAD_GRAYSCALE) for n in (10, 11)]
        flow_px = read_flo(place / "flow10.flo")
        valid = (np.abs(flow_px) < _UNKNOWN).all(axis=-1)
        flow_px[~valid] = 0.0
        arrays = [_middle(np.asarray(array)) for array in (*images, flow_px, valid)]
        yield _shrunk(FlowPair(name, "middlebury", *arrays), size)


def read_flo(path: Path) -> Float32:
    """Flow of a Middlebury `.flo` file, shape (H, W, 2)."""
    data = path.read_bytes()
    if data[:4] != b"PIEH":
        raise ValueError(f"{path}: expected a .flo file (PIEH), got {data[:4]!r}")
    width, height = np.frombuffer(data, "<i4", 2, 4)
    return np.frombuffer(data, "<f4", offset=12).reshape(height, width, 2).copy()


def halved(flow_px: Float32, valid: NDArray[np.bool_]) -> tuple[Float32, NDArray[np.bool_]]:
    """Flow of an image of half the size."""
    return shrunk_flow(flow_px, valid, size=flow_px.shape[0] // 2)


def shrunk_flow(
    flow_px: Float32, valid: NDArray[np.bool_], *, size: int
) -> tuple[Float32, NDArray[np.bool_]]:
    """Mean flow of each area of the smaller image, in its own pixels; invalid parts left out."""
    scale = size / flow_px.shape[0]
    weight = _area(valid.astype(np.float32), size)
    total = _area(flow_px * valid[..., None], size)
    known = weight >= _ENOUGH
    mean = total / np.maximum(weight, _ENOUGH)[..., None] * scale
    return np.where(known[..., None], mean, 0.0).astype(np.float32), known


def _shrunk(pair: FlowPair, size: int) -> FlowPair:
    if pair.before.shape[0] == size:
        return pair
    flow_px, valid = shrunk_flow(pair.flow_px, pair.valid, size=size)
    before, after = (
        np.clip(np.round(_area(image.astype(np.float32), size)), 0, 255).astype(np.uint8)
        for image in (pair.before, pair.after)
    )
    return pair._replace(before=before, after=after, flow_px=flow_px, valid=valid)


def _area(image: Float32, size: int) -> Float32:
    resized = cv2.resize(np.ascontiguousarray(image), (size, size), interpolation=cv2.INTER_AREA)
    return np.asarray(resized, np.float32)


def _as_seen(pair: FlowPair) -> FlowPair:
    """Add what a camera adds; the pair's name decides what, not the size."""
    rng = np.random.default_rng(zlib.crc32(pair.name.encode()))
    gain = 1.0 + GAIN_CHANGE * (1.0 if rng.random() < 0.5 else -1.0)
    spots = _glints(rng)
    still = np.zeros_like(pair.flow_px)
    hidden = (_glint(spots[0], still) > 0.1) | (_glint(spots[1], pair.flow_px) > 0.1)
    images = []
    for image, factor, spot in zip((pair.before, pair.after), (1.0, gain), spots, strict=True):
        light = image.astype(np.float32) * np.float32(factor) + 255.0 * _glint(spot, still)
        noise = rng.standard_normal(image.shape, dtype=np.float32) * NOISE_GRAY
        images.append(np.clip(np.round(light + noise), 0, 255).astype(np.uint8))
    valid = pair.valid & ~hidden
    flow_px = np.where(valid[..., None], pair.flow_px, 0.0).astype(np.float32)
    return pair._replace(before=images[0], after=images[1], flow_px=flow_px, valid=valid)


def _glints(rng: np.random.Generator) -> list[tuple[float, float, float]]:
    """x, y and radius of the glint in both images, shares of the side; it stands or drifts."""
    place = rng.uniform(0.35, 0.65, 2)
    drift = rng.uniform(-0.012, 0.012, 2) * (rng.random() < 0.5)
    radius = rng.uniform(0.012, 0.022)
    moved = place + drift
    return [
        (float(place[0]), float(place[1]), float(radius)),
        (float(moved[0]), float(moved[1]), float(radius)),
    ]


def _glint(spot: tuple[float, float, float], flow_px: Float32) -> Float32:
    """Cover 0..1 of the place where each pixel goes."""
    size = flow_px.shape[0]
    x, y, radius = (value * size for value in spot)
    rows, columns = np.mgrid[0:size, 0:size]
    far = np.hypot(columns + flow_px[..., 0] - x, rows + flow_px[..., 1] - y)
    return np.asarray(np.clip((radius * 1.25 - far) / (radius * 0.5), 0, 1), np.float32)


def _decoded(data: NDArray[np.uint8]) -> NDArray[Any]:
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_UNCHANGED))


def _middle(image: NDArray[Any]) -> NDArray[Any]:
    height, width = image.shape[:2]
    side = min(height, width)
    y, x = (height - side) // 2, (width - side) // 2
    return np.ascontiguousarray(image[y : y + side, x : x + side])


def _data_folder() -> Path:
    beside = Path(__file__).resolve().parents[2].parent / "shared" / "data"
    return Path(os.environ.get("MIEN_DATA", beside))
