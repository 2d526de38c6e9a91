"""Dense flow beside OpenCV's DIS (Kroeger et al. 2016) in its medium preset."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from mien.vision.flow import DenseFlow

cv2 = pytest.importorskip("cv2")

SIDE = 128
BORDER = 4
Y, X = np.mgrid[0:SIDE, 0:SIDE].astype(np.float32)

MIDDLEBURY = {"RubberWhale": 1.0, "Dimetrodon": 1.0, "Venus": 1.2, "Hydrangea": 1.15}
"""How much larger than DIS's our error may be. Those scenes have hard motion edges, which DIS
refines with a variational step and a window of 13 x 13 blurs; skin has none."""


def dis(previous: NDArray[np.uint8], current: NDArray[np.uint8]) -> NDArray[np.float32]:
    engine = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    return np.asarray(engine.calc(previous, current, None))


def mean_error(flow_px: NDArray[np.float32], truth_px: NDArray[np.float32]) -> float:
    error = np.linalg.norm(flow_px - truth_px, axis=-1)
    return float(error[BORDER:-BORDER, BORDER:-BORDER].mean())


def smooth_motion(rng: np.random.Generator, largest_px: float) -> NDArray[np.float32]:
    """A random smooth field whose largest component is `largest_px`."""
    parts = [cv2.GaussianBlur(rng.standard_normal((SIDE, SIDE)), (0, 0), 20) for _ in range(2)]
    field = np.stack(parts, -1)
    return np.asarray(field / np.abs(field).max() * largest_px, np.float32)


def skin_like(rng: np.random.Generator) -> NDArray[np.float32]:
    """Octaves of blurred noise, low contrast, as skin in infrared light."""
    gray = np.full((SIDE, SIDE), 120.0)
    for sigma, contrast in ((1.5, 4), (3, 7), (6, 9), (12, 12)):
        blurred = cv2.GaussianBlur(rng.standard_normal((SIDE, SIDE)), (0, 0), sigma)
        gray += contrast * blurred / blurred.std()
    return np.asarray(gray, np.float32)


def pair_with(rng: np.random.Generator, truth_px: NDArray[np.float32], *, gain: float):
    """Images with sensor noise whose exact flow is `truth_px`: previous(p) = current(p + flow)."""
    current = skin_like(rng)
    previous = cv2.remap(
        current,
        X + truth_px[..., 0],
        Y + truth_px[..., 1],
        cv2.INTER_CUBIC,
        borderMode=cv2.BORDER_REFLECT_101,
    )
    noisy = [image + rng.normal(0, 2, image.shape) for image in (previous, current * gain)]
    return [np.clip(np.round(image), 0, 255).astype(np.uint8) for image in noisy]


@pytest.mark.parametrize(
    ("largest_px", "gain", "share_of_dis"),
    [(0.5, 1.0, 1.6), (2, 1.0, 0.95), (5, 1.0, 0.7), (9, 1.0, 0.95), (2, 1.3, 0.6)],
)
def test_smooth_motion_is_found_as_well_as_by_dis(largest_px, gain, share_of_dis):
    """Under half a pixel of motion noise decides, and DIS, which smooths over all, is better."""
    rng = np.random.default_rng(7)
    flow = DenseFlow(SIDE, SIDE)
    ours, theirs = [], []
    for _ in range(12):
        truth_px = smooth_motion(rng, largest_px)
        previous, current = pair_with(rng, truth_px, gain=gain)
        ours.append(mean_error(flow.run(previous, current).flow_px, truth_px))
        theirs.append(mean_error(dis(previous, current), truth_px))
    assert np.mean(ours) < share_of_dis * np.mean(theirs)


def read_flo(path: Path) -> NDArray[np.float32]:
    """Middlebury's .flo: tag 202021.25, width, height, then (u, v) row by row."""
    raw = np.fromfile(path, np.float32)
    width, height = raw[1:3].view(np.int32)
    return raw[3:].reshape(height, width, 2)


@pytest.fixture
def middlebury(shared_data: Path) -> Iterator[Path]:
    folder = shared_data / "flow_middlebury"
    if not folder.is_dir():
        pytest.skip(f"{folder.name}: not in the shared data")
    return folder


@pytest.mark.data
@pytest.mark.parametrize("scene", MIDDLEBURY)
def test_middlebury_scenes_stay_near_dis(middlebury, scene):
    previous, current = (
        cv2.imread(str(middlebury / scene / f"frame1{i}.png"), cv2.IMREAD_GRAYSCALE) for i in (0, 1)
    )
    truth_px = read_flo(middlebury / scene / "flow10.flo")
    is_known = (np.abs(truth_px) < 1e8).all(-1)
    result = DenseFlow(*previous.shape).run(previous, current)
    ours = np.linalg.norm(result.flow_px - truth_px, axis=-1)
    theirs = np.linalg.norm(dis(previous, current) - truth_px, axis=-1)
    assert ours[is_known].mean() < MIDDLEBURY[scene] * theirs[is_known].mean()
    # The confidence knows where it is wrong.
    sure = np.average(ours[is_known], weights=result.confidence[is_known])
    assert sure < 0.95 * ours[is_known].mean()
