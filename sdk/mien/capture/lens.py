"""The way between sensor pixels and crop pixels, both ways, for points and for exact flow.

Pixel centres have whole coordinates, on the sensor and in the crop. The lens formulas are
OpenCV's (`calib3d`: radial-tangential, and the fisheye model of Kannala and Brandt, "A Generic
Camera Model and Calibration Method", PAMI 2006); the core has the same in `csrc/core/lens.cpp`.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mien.errors import ConfigError
from mien.types import CameraModel, Flow, Mask

Points = NDArray[np.floating[Any]]
"""Shape (..., 2)."""

_UNDISTORT_STEPS: Final = 12
"""Newton steps; three are enough but at the fold of a strong barrel."""


def distort(camera: CameraModel, rays: Points) -> Points:
    """Where the lens bends ideal rays (x / z, y / z), shape (..., 2)."""
    x, y = rays[..., 0], rays[..., 1]
    r2 = x * x + y * y
    if camera.lens == "fisheye":
        r = np.sqrt(r2)
        angle = np.arctan(r)
        a2 = angle * angle
        k = camera.distortion
        bent = angle * (1 + a2 * (k[0] + a2 * (k[1] + a2 * (k[2] + a2 * k[3]))))
        scale = np.where(r > 1e-9, bent / np.maximum(r, 1e-9), 1.0)
        return np.asarray(rays * scale[..., None])
    if camera.lens == "pinhole":
        return np.asarray(rays)
    k1, k2, p1, p2, k3 = (*camera.distortion, 0.0)[:5]
    radial = 1 + r2 * (k1 + r2 * (k2 + r2 * k3))
    return np.stack(
        [
            x * radial + 2 * p1 * x * y + p2 * (r2 + 2 * x * x),
            y * radial + p1 * (r2 + 2 * y * y) + 2 * p2 * x * y,
        ],
        axis=-1,
    )


def undistort(camera: CameraModel, bent: Points) -> Points:
    """Inverse of `distort`, by Newton's method with a numeric slope."""
    rays = np.array(bent, np.float64)
    step = 1e-6
    for _ in range(_UNDISTORT_STEPS):
        at = distort(camera, rays)
        along_x = (distort(camera, rays + np.array((step, 0.0))) - at) / step
        along_y = (distort(camera, rays + np.array((0.0, step))) - at) / step
        miss = np.asarray(bent) - at
        det = along_x[..., 0] * along_y[..., 1] - along_x[..., 1] * along_y[..., 0]
        rays[..., 0] += (miss[..., 0] * along_y[..., 1] - miss[..., 1] * along_y[..., 0]) / det
        rays[..., 1] += (miss[..., 1] * along_x[..., 0] - miss[..., 0] * along_x[..., 1]) / det
    return rays


def sensor_from_crop(camera: CameraModel, crop_px: Points, *, size: int) -> Points:
    """Sensor pixels of points of a `size` x `size` crop, shape (..., 2)."""
    uv = (np.asarray(crop_px, np.float64) + 0.5) / size - 0.5
    if camera.is_mirrored:
        uv = uv * (-1.0, 1.0)
    x0, y0, x1, y1 = camera.crop_xyxy_px
    turned = (uv * (x1 - x0, y1 - y0)) @ _turn(-camera.rotation_deg).T
    ideal = turned + np.array(((x0 + x1) / 2, (y0 + y1) / 2))
    rays = (ideal - (camera.cx, camera.cy)) / (camera.fx, camera.fy)
    return np.asarray(distort(camera, rays) * (camera.fx, camera.fy) + (camera.cx, camera.cy))


def crop_from_sensor(camera: CameraModel, sensor_px: Points, *, size: int) -> Points:
    """Inverse of `sensor_from_crop`."""
    bent = (np.asarray(sensor_px, np.float64) - (camera.cx, camera.cy)) / (camera.fx, camera.fy)
    ideal = undistort(camera, bent) * (camera.fx, camera.fy) + (camera.cx, camera.cy)
    x0, y0, x1, y1 = camera.crop_xyxy_px
    turned = (ideal - ((x0 + x1) / 2, (y0 + y1) / 2)) @ _turn(camera.rotation_deg).T
    uv = turned / (x1 - x0, y1 - y0)
    if camera.is_mirrored:
        uv = uv * (-1.0, 1.0)
    return np.asarray((uv + 0.5) * size - 0.5)


def crop_flow(camera: CameraModel, flow_px: Flow, valid: Mask, *, size: int) -> tuple[Flow, Mask]:
    """Carry exact flow from sensor pixels to crop pixels.

    Args:
        camera: Whose flow it is.
        flow_px: Shape (height, width, 2) of the sensor.
        valid: Shape (height, width).
        size: Side of the crop in pixels.

    Returns:
        Flow in crop pixels, shape (size, size, 2), and where all of the four sensor pixels
        around a crop pixel are valid.
    """
    import cv2

    grid = np.stack(np.meshgrid(np.arange(size), np.arange(size)), axis=-1).astype(np.float64)
    start = sensor_from_crop(camera, grid, size=size)
    at = start.astype(np.float32)
    x, y = np.ascontiguousarray(at[..., 0]), np.ascontiguousarray(at[..., 1])
    moved = cv2.remap(np.ascontiguousarray(flow_px), x, y, cv2.INTER_LINEAR)
    whole = cv2.remap(valid.astype(np.float32), x, y, cv2.INTER_LINEAR) > 0.999
    end = crop_from_sensor(camera, start + moved, size=size)
    carried = np.where(whole[..., None], end - grid, 0.0).astype(np.float32)
    return carried, np.asarray(whole)


def linear_camera(camera: CameraModel, *, size: int) -> CameraModel:
    """A camera whose whole image is the crop of another: no lens, no turn.

    A mirrored crop stays mirrored: flip its image left to right to get the crop.

    Args:
        camera: With a square crop and square pixels.
        size: Side of its image.

    Raises:
        ConfigError: If the crop or the pixels are not square.
    """
    x0, y0, x1, y1 = camera.crop_xyxy_px
    if not (math.isclose(x1 - x0, y1 - y0, rel_tol=1e-6) and math.isclose(camera.fx, camera.fy)):
        raise ConfigError(
            f"linear camera: expected a square crop and fx = fy, got {camera.crop_xyxy_px}, "
            f"{camera.fx}, {camera.fy}"
        )
    zoom = size / (x1 - x0)
    turn = _turn(camera.rotation_deg)
    middle = turn @ (camera.cx - (x0 + x1) / 2, camera.cy - (y0 + y1) / 2) * zoom + size / 2 - 0.5
    pose = np.array(camera.headset_from_camera)
    pose[:3, :2] = pose[:3, :2] @ turn.T
    return replace(
        camera,
        width=size,
        height=size,
        fx=camera.fx * zoom,
        fy=camera.fy * zoom,
        cx=float(middle[0]),
        cy=float(middle[1]),
        lens="pinhole",
        distortion=(),
        crop_xyxy_px=(-0.5, -0.5, size - 0.5, size - 0.5),
        rotation_deg=0.0,
        headset_from_camera=tuple(tuple(float(v) for v in row) for row in pose),
    )


def _turn(degrees: float) -> NDArray[np.float64]:
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return np.array([[c, -s], [s, c]])
