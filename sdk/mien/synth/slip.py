"""How the headset moves on the head: drift, jolts, re-seating, and a fit that rides on the face.

Six degrees of freedom, rigid. A tight interface rests on the cheeks and the brow: when they
rise, they lift and tilt it.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from mien import schema

_SCALE: Final = np.array([0.6, 0.8, 0.5, 0.008, 0.006, 0.006])
"""Of drift and jolts: millimetres, radians."""
_LIMIT: Final = np.array([4.0, 4.0, 3.0, 0.06, 0.05, 0.05])
_RESEAT_S: Final = (25.0, 0.5)
"""Mean time between re-seatings, and how long one takes."""
_RIDE: Final = {
    "cheek_raiser": (0.0, -1.4, -0.5, 0.016, 0.0, 0.0),
    "lip_corner_puller": (0.0, -0.9, -0.3, 0.010, 0.0, 0.0),
    "cheek_puff": (0.0, -0.3, -0.5, 0.004, 0.0, 0.0),
    "outer_brow_raiser": (0.0, -0.4, -0.2, -0.006, 0.0, 0.0),
    "brow_lowerer": (0.0, 0.4, -0.1, 0.005, 0.0, 0.0),
    "nose_wrinkler": (0.0, -0.5, -0.3, 0.006, 0.0, 0.0),
    "jaw_drop": (0.0, 0.3, 0.0, -0.004, 0.0, 0.0),
}
"""Where the head goes in the headset when a unit is full on both sides, at a tight fit: our
estimate, of the size of cheek travel. One side alone tilts it about z."""
_RIDE_TILT_RAD: Final = 0.012
_RIDE_LAG_S: Final = 0.06


def draw_slip(
    count: int, fps: float, rng: np.random.Generator, *, amount: float = 1.0
) -> NDArray[np.float64]:
    """Draw `headset_from_head` over time.

    Args:
        count: Rows.
        fps: Rows per second.
        rng: Consumed.
        amount: 1: up to about 4 mm and 3 degrees away from how it was put on.

    Returns:
        Shape (count, 6): x, y, z in millimetres; rotation vector in radians.
    """
    t = np.arange(count) / fps
    seat = rng.normal(0, 1, 6) * (1.0, 1.2, 1.0, 0.012, 0.012, 0.012)
    path = _drift(t, rng) + _jolts(t, rng) + _seatings(t, rng)
    return np.asarray(amount * (seat + _LIMIT * np.tanh(path / _LIMIT)))


def ride(values: NDArray[np.float32], fps: float, tightness: float) -> NDArray[np.float64]:
    """What the face's own motion adds to the slip of a tight fit.

    Args:
        values: Shape (N, VALUE_COUNT).
        fps: Rows per second.
        tightness: 0 (loose, no effect) .. 1.

    Returns:
        Shape (N, 6), to be added to `draw_slip`.
    """
    pushed = np.zeros((len(values), 6))
    for name, pose in _RIDE.items():
        sides = [values[:, schema.VALUE_INDEX[v]] for v in _value_names(name)]
        pushed += np.mean(sides, axis=0)[:, None] * np.array(pose)
        if len(sides) == 2:
            pushed[:, 5] += (sides[0] - sides[1]) * _RIDE_TILT_RAD * abs(pose[1])
    # Foam gives way: the headset follows a little late and softly.
    keep = float(np.exp(-1.0 / (_RIDE_LAG_S * fps)))
    for row in range(1, len(pushed)):
        pushed[row] = keep * pushed[row - 1] + (1 - keep) * pushed[row]
    return tightness * pushed


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


def _value_names(unit: str) -> tuple[str, ...]:
    return schema.value_names(schema.UNIT_BY_NAME[unit])


def _drift(t: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    path = np.zeros((len(t), 6))
    for _ in range(3):
        hz, phase = rng.uniform(0.01, 0.12), rng.uniform(0, 2 * np.pi, 6)
        path += rng.normal(0, 0.6, 6) * _SCALE * np.sin(2 * np.pi * hz * t[:, None] + phase)
    return path


def _jolts(t: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    path = np.zeros((len(t), 6))
    for at in np.cumsum(rng.exponential(9.0, 80)):
        if at > t[-1]:
            break
        step = 0.5 + 0.5 * np.tanh((t - at) / 0.1)
        ring = np.exp(-np.maximum(t - at, 0) / 0.15) * np.sin((t - at) * 40) * (t > at)
        path += (step + 0.3 * ring)[:, None] * rng.normal(0, 0.5, 6) * _SCALE
    return path


def _seatings(t: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    """The wearer pushes the headset straight: a larger move, with a lift on the way."""
    path = np.zeros((len(t), 6))
    every_s, takes_s = _RESEAT_S
    for at in np.cumsum(rng.exponential(every_s, 40) + 2.0):
        if at > t[-1]:
            break
        share = np.clip((t - at) / takes_s, 0.0, 1.0)
        ease = share * share * (3 - 2 * share)
        path += ease[:, None] * rng.normal(0, 1.6, 6) * _SCALE
        path[:, 2] -= 1.5 * np.sin(np.pi * share)
    return path
