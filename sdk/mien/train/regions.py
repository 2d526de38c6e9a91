"""Where a camera sees only the headset move, and which side of the wearer it sees where (A7).

The reference region is found, not given: the part of the crop whose motion over all takes is
best explained by one rigid similarity per frame. The first pass fits that similarity to the
whole crop, the later ones to the region found so far.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mien.train.label_config import LabelConfig
from mien.train.label_tracks import Fields, Track, Trusts
from mien.types import CameraModel, Mask
from mien.vision.motion import Slip, fit_slip, remove_slip

PASSES: Final = 3
FRAME_STRIDE: Final = 3
"""The search looks at every third frame of a take: neighbours say the same."""
MIN_TRUST_SHARE: Final = 0.5
"""A pixel of the reference must be trusted at least half as much as the crop's median."""
LIPS_IN_HEADSET_MM: Final = (0.0, -65.0, 12.0)
"""Middle of the mouth of an average face: how far away the mouth camera's picture is."""
SIDE_BLEND_MM: Final = 3.0
"""Over this distance from the middle of the face one side fades into the other."""


def without_slip(moved_px: Fields, trust: Trusts, reference: Mask) -> Fields:
    """Fields minus the rigid similarity of their reference region, frame by frame.

    Args:
        moved_px: Displacements, shape (N, h, w, 2).
        trust: Their confidence, shape (N, h, w).
        reference: Pixels that move only with the headset, shape (h, w).

    Returns:
        Residual displacements, shape (N, h, w, 2), crop pixels.
    """
    slips = fit_slips(moved_px, trust, reference)
    return np.stack([remove_slip(*pair) for pair in zip(moved_px, slips, strict=True)])


def fit_slips(moved_px: Fields, trust: Trusts, reference: Mask) -> list[Slip]:
    """The similarity that the reference follows in each frame, in grid coordinates."""
    pairs = zip(moved_px, trust, strict=True)
    return [fit_slip(field, confidence, reference) for field, confidence in pairs]


def find_reference(tracks: Sequence[Track], config: LabelConfig) -> Mask:
    """The reference region of one camera, shape (h, w).

    Args:
        tracks: Its tracks; only frames that are not neutral count.
        config: `reference_share` says how large the region is.
    """
    chosen = [track for track in tracks if track.segment.take is not None] or list(tracks)
    moving = [_moving_frames(track) for track in chosen]
    trust = np.mean([part.mean(axis=0) for _, part in moving], axis=0)
    usable = trust >= MIN_TRUST_SHARE * np.median(trust)
    reference: Mask = usable
    for _ in range(PASSES):
        restless = np.max([_restlessness(*part, reference) for part in moving], axis=0)
        limit = np.quantile(restless[usable], config.reference_share)
        reference = usable & (restless <= limit)
    return reference


def _moving_frames(track: Track) -> tuple[Fields, Trusts]:
    frames = np.flatnonzero(~track.segment.neutral)[::FRAME_STRIDE]
    return track.moved_px[frames], track.trust[frames]


def _restlessness(moved_px: Fields, trust: Trusts, reference: Mask) -> NDArray[np.float32]:
    """Root mean square of the residual motion of each pixel over one take, shape (h, w)."""
    residual = without_slip(moved_px, trust, reference)
    power: NDArray[np.float32] = np.sqrt((residual**2).sum(axis=-1).mean(axis=0))
    return power


def side_window(
    camera: CameraModel, side: str, axis_share: NDArray[np.floating]
) -> NDArray[np.float32]:
    """How much each grid point belongs to one side of the wearer, shape (h, w), 0..1.

    Args:
        camera: The mouth camera, with its pose in the headset.
        side: "left" or "right", the wearer's.
        axis_share: Grid coordinates along a side of the crop, shape (h,), 0..1.
    """
    x_mm = headset_x_mm(camera, axis_share)
    sign = 1.0 if side == "left" else -1.0
    belongs: NDArray[np.float32] = np.clip(0.5 + sign * x_mm / (2 * SIDE_BLEND_MM), 0, 1)
    return belongs.astype(np.float32)


def headset_x_mm(camera: CameraModel, axis_share: NDArray[np.floating]) -> NDArray[np.float64]:
    """Headset x of what a crop shows, at the depth of the mouth, shape (h, w), millimetres."""
    u, v = np.meshgrid(axis_share, axis_share)
    if camera.is_mirrored:
        u = 1 - u
    angle = np.deg2rad(camera.rotation_deg)
    across, down = u - 0.5, v - 0.5
    source_u = np.cos(angle) * across + np.sin(angle) * down + 0.5
    source_v = -np.sin(angle) * across + np.cos(angle) * down + 0.5
    x0, y0, x1, y1 = camera.crop_xyxy_px
    ray_x = (x0 + source_u * (x1 - x0) - camera.cx) / camera.fx
    ray_y = (y0 + source_v * (y1 - y0) - camera.cy) / camera.fy
    pose = np.asarray(camera.headset_from_camera, np.float64)
    depth_mm = float((np.linalg.inv(pose) @ (*LIPS_IN_HEADSET_MM, 1.0))[2])
    rays = np.stack([ray_x, ray_y, np.ones_like(ray_x)], axis=-1) * max(depth_mm, 1.0)
    x_mm: NDArray[np.float64] = rays @ pose[0, :3] + pose[0, 3]
    return x_mm
