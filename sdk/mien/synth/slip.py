"""How the headset slips on the head: slow drift and small jolts, rigid, six degrees."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def draw_slip(
    count: int, fps: float, rng: np.random.Generator, *, amount: float = 1.0
) -> NDArray[np.float64]:
    """Draw `headset_from_head` over time.

    Args:
        count: Rows.
        fps: Rows per second.
        rng: Consumed.
        amount: 1: up to about 2 mm and 1.5 degrees away from how it was put on.

    Returns:
        Shape (count, 6): x, y, z in millimetres; rotation vector in radians.
    """
    t = np.arange(count) / fps
    seat = rng.normal(0, 1, 6) * (1.0, 1.2, 1.0, 0.012, 0.012, 0.012)
    path = np.zeros((count, 6))
    scale = np.array([0.6, 0.8, 0.5, 0.008, 0.006, 0.006])
    for _ in range(3):
        hz, phase = rng.uniform(0.01, 0.12), rng.uniform(0, 2 * np.pi, 6)
        path += rng.normal(0, 0.6, 6) * scale * np.sin(2 * np.pi * hz * t[:, None] + phase)
    for at in np.cumsum(rng.exponential(9.0, 40)):
        if at > t[-1]:
            break
        step = 0.5 + 0.5 * np.tanh((t - at) / 0.1)
        ring = np.exp(-np.maximum(t - at, 0) / 0.15) * np.sin((t - at) * 40) * (t > at)
        path += (step + 0.3 * ring)[:, None] * rng.normal(0, 0.5, 6) * scale
    limit = np.array([2.0, 2.0, 2.0, 0.03, 0.03, 0.03])
    return np.asarray(amount * (seat + limit * np.tanh(path / limit)))


def slip_matrix(pose: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rigid 4x4 of a row of `draw_slip`."""
    matrix = np.eye(4)
    angle = float(np.linalg.norm(pose[3:]))
    if angle > 0:
        x, y, z = pose[3:] / angle
        k = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
        matrix[:3, :3] += np.sin(angle) * k + (1 - np.cos(angle)) * k @ k
    matrix[:3, 3] = pose[:3]
    return matrix
