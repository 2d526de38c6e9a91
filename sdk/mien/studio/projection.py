"""From the crop back to the sensor image."""

from __future__ import annotations

import numpy as np

from mien.types import CameraModel


def sensor_points(
    camera: CameraModel, uv: np.ndarray[tuple[int, int], np.dtype[np.float64]]
) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Where points of the crop lie on the sensor image, lens distortion included.

    Args:
        camera: The camera.
        uv: Points of the crop, shape (N, 2), shares of its side.

    Returns:
        Pixels, shape (N, 2).
    """
    import cv2

    points = np.array(uv, np.float64) - 0.5
    if camera.is_mirrored:
        points[:, 0] *= -1
    angle = np.deg2rad(camera.rotation_deg)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    x0, y0, x1, y1 = camera.crop_xyxy_px
    undistorted = (points @ turn.T + 0.5) * (x1 - x0, y1 - y0) + (x0, y0)
    rays = (undistorted - (camera.cx, camera.cy)) / (camera.fx, camera.fy)
    matrix = np.array([[camera.fx, 0, camera.cx], [0, camera.fy, camera.cy], [0, 0, 1]], np.float64)
    bend = np.array(camera.distortion or (0, 0, 0, 0), np.float64)
    if camera.lens == "fisheye":
        pixels = cv2.fisheye.distortPoints(rays.reshape(-1, 1, 2), matrix, bend)
    else:
        ahead = np.concatenate([rays, np.ones((len(rays), 1))], axis=1)
        pixels = cv2.projectPoints(ahead, np.zeros(3), np.zeros(3), matrix, bend)[0]
    return np.asarray(pixels, np.float64).reshape(-1, 2)
