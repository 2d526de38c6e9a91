"""Where a camera sees only the headset move, and which side of the wearer it sees where (A7).

The reference region is found, not given: the part of the crop whose motion over the takes of a
cue is best explained by one rigid similarity per frame. The first pass fits that similarity to
a first guess, the later ones to the region found so far; of several guesses the stillest wins.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mien.train.label_config import LabelConfig
from mien.train.label_tracks import Fields, Track, Trusts
from mien.types import CameraModel, Mask
from mien.vision.motion import fit_slips, remove_slips

PASSES: Final = 3
FRAMES_PER_TAKE: Final = 8
"""The search looks at so many frames of a take: neighbours say the same."""
MIN_TRUST_SHARE: Final = 0.4
"""Of the crop's 90 % quantile: what a point's confidence must reach."""
MIN_POINTS: Final = 32
PRIOR_SHARE: Final = 0.1
"""Weight of a point's restlessness over all takes against that over the takes of one cue."""
LIPS_IN_HEADSET_MM: Final = (0.0, -65.0, 12.0)
"""Middle of the mouth of an average face: how far away the mouth camera's picture is."""
SIDE_FROM_MM, SIDE_TO_MM = 4.0, 16.0
"""A point belongs to a side not at all below the first distance from the middle of the face and
fully from the second on: the skin in between follows both sides."""


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
    return remove_slips(moved_px, slips)


def find_references(
    tracks: Sequence[Track], config: LabelConfig, *, is_per_cue: bool
) -> list[Mask]:
    """The reference region of each track of one camera, shape (h, w).

    Every part of a lower face is moved by some unit, so there the takes of one cue share a
    region of their own: what stays still in *them*. (With one region for the whole mouth crop
    the chin rose by 4 px in takes of the upper lip: r 0.65 on the worst value of a session, 0.97
    with regions per cue.) Around an eye some skin is always still, and one region is safer: a
    brow that fills the crop and moves as one would pass for slip in its own takes.

    Args:
        tracks: All tracks of the camera; only frames that are not neutral count.
        config: `reference_share` says how large a region is.
        is_per_cue: One region per cue name, or one for all.
    """
    usable = _usable(tracks)
    chosen = [track for track in tracks if track.segment.take is not None] or list(tracks)
    nothing = np.zeros(usable.shape, np.float32)
    whole = _settle(chosen, usable, usable=usable, prior=nothing, config=config)[0]
    if not is_per_cue:
        return [whole] * len(tracks)
    parts = [_moving_frames(track) for track in chosen]
    prior = PRIOR_SHARE * np.mean([_restlessness(*part, whole) for part in parts], axis=0)
    starts = [whole, usable, *(usable & half for half in _halves(usable.shape))]
    groups: dict[str, list[Track]] = {}
    for track in chosen:
        groups.setdefault(_cue_name(track), []).append(track)
    found = {}
    for name, group in groups.items():
        enough = [start for start in starts if start.sum() >= MIN_POINTS]
        settled = [
            _settle(group, start, usable=usable, prior=prior, config=config) for start in enough
        ]
        found[name] = min(settled, key=lambda pair: pair[1])[0]
    return [found.get(_cue_name(track), whole) for track in tracks]


def _cue_name(track: Track) -> str:
    take = track.segment.take
    return take.name or take.kind if take else ""


def _usable(tracks: Sequence[Track]) -> Mask:
    """Points that show skin: what is dark or flat is trusted little and says nothing of slip."""
    trust = np.mean([track.trust.mean(axis=0) for track in tracks], axis=0)
    usable: Mask = trust >= MIN_TRUST_SHARE * np.quantile(trust, 0.9)
    return usable


def _halves(shape: tuple[int, ...]) -> list[Mask]:
    rows, columns = np.indices(shape)
    return [
        rows < shape[0] // 2,
        rows >= shape[0] // 2,
        columns < shape[1] // 2,
        columns >= shape[1] // 2,
    ]


def _settle(
    tracks: Sequence[Track],
    start: Mask,
    *,
    usable: Mask,
    prior: NDArray[np.float32],
    config: LabelConfig,
) -> tuple[Mask, float]:
    """The stillest region reached from a first guess, and how restless it is, pixels.

    `prior` is added to the restlessness: a brow that moves as one is stiller than the rest of
    the face in its own takes, if its motion is taken for slip; over all takes it is not.
    """
    moving = [_moving_frames(track) for track in tracks]
    reference, unrest = start, np.inf
    for _ in range(PASSES):
        restless = np.max([_restlessness(*part, reference) for part in moving], axis=0) + prior
        limit = np.quantile(restless[usable], config.reference_share)
        reference = usable & (restless <= limit)
        unrest = float(restless[reference].mean())
    return reference, unrest


def _moving_frames(track: Track) -> tuple[Fields, Trusts]:
    moving = np.flatnonzero(~track.segment.neutral)
    frames = moving[:: -(-len(moving) // FRAMES_PER_TAKE)]
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
    beyond = (sign * x_mm - SIDE_FROM_MM) / (SIDE_TO_MM - SIDE_FROM_MM)
    return np.clip(beyond, 0, 1).astype(np.float32)


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
