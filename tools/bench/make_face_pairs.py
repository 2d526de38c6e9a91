"""Renders the face pairs with exact flow that `flow_pairs` reads.

    PYTHONPATH=sdk:tools python -m bench.make_face_pairs --head HEAD.npz

Clean crops (no noise, no gain change, no glints, no sheen), each rendered at twice its size and
averaged. The same head file gives the same bytes on the same kind of machine and the same
renderer; `face_pairs.npz` was made by the one of commit 8c7bdec. Later ones draw other skins and
rigs from the same plans; numbers measured on the committed file compare among themselves.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from bench.flow_pairs import FACE_PAIRS, FLOW_STEPS_PER_PX, FLOW_ZERO, SIZE, halved
from mien import schema
from mien.capture.lens import linear_camera
from mien.synth.flow import FlowRenderer, Instant
from mien.synth.geometry import seen_triangles
from mien.synth.head import Head, load_head
from mien.synth.look import draw_look
from mien.synth.mesh import FaceMesh
from mien.synth.render import Renderer
from mien.synth.rigs import EYE_GEOMETRIES, MOUTH_GEOMETRIES, Split, draw_rig
from mien.synth.skin import paint_skin
from mien.synth.slip import slip_matrix
from mien.types import Flow, Gray8, Mask

Kind = Literal["eye", "mouth"]

_WHITE: Final = 215.0
"""Gray level of the brightest skin."""
_SLIP_UNIT: Final = (1.0, 0.8, 0.4, 0.01, -0.012, 0.015)
"""Millimetres and radians of a large slip."""


@dataclass(frozen=True, slots=True)
class Plan:
    """One pair before it is rendered."""

    name: str
    start: dict[str, float]
    """Unit or value name -> weight or radians in the first image."""
    change: dict[str, float]
    """What the second image adds, scaled until the motion is as wanted."""
    slip: float
    """Share of slip in the change."""
    motion_px: float
    """Wanted mean motion over the valid pixels, at 256 pixels."""


EYE_PLANS: Final = (
    Plan("blink_onset", {}, {"lid_closure": 0.5}, 0.0, 0.2),
    Plan("gaze_left", {}, {"gaze_yaw": 0.3, "gaze_pitch": 0.05}, 0.0, 0.5),
    Plan("gaze_down", {"gaze_pitch": 0.1}, {"gaze_pitch": -0.3, "lid_closure": 0.1}, 0.05, 0.9),
    Plan("blink", {"lid_closure": 0.15}, {"lid_closure": 0.6}, 0.0, 1.4),
    Plan("squint", {}, {"lid_tightener": 0.6, "cheek_raiser": 0.6}, 0.0, 1.8),
    Plan("brow_up", {}, {"outer_brow_raiser": 0.7, "inner_brow_raiser": 0.7}, 0.1, 2.6),
    Plan("brow_down", {"lid_tightener": 0.2}, {"brow_lowerer": 0.9, "gaze_yaw": 0.1}, 0.1, 3.4),
    Plan("smile_eye", {}, {"lip_corner_puller": 0.6, "cheek_raiser": 0.8}, 0.3, 4.2),
    Plan("slip_blink", {"lid_closure": 0.7}, {"lid_closure": -0.4}, 1.0, 5.0),
    Plan("slip_gaze", {"gaze_yaw": -0.2}, {"gaze_yaw": 0.2, "lid_raiser": 0.4}, 1.0, 6.0),
    Plan("jolt", {}, {"brow_lowerer": 0.3, "lid_closure": 0.2}, 2.0, 11.0),
)
MOUTH_PLANS: Final = (
    Plan("smile_onset", {}, {"lip_corner_puller": 0.5}, 0.0, 0.2),
    Plan("press", {}, {"lip_pressor": 0.6, "chin_raiser": 0.5}, 0.0, 0.6),
    Plan("pucker", {}, {"lip_pucker": 0.8}, 0.0, 1.0),
    Plan("speech", {"jaw_drop": 0.3}, {"lip_funneler": 0.5, "jaw_drop": -0.2}, 0.0, 1.6),
    Plan("frown", {"jaw_drop": 0.1}, {"lip_corner_depressor": 0.8, "lip_stretcher": 0.3}, 0.1, 2.2),
    Plan("puff", {}, {"cheek_puff": 0.9, "lip_pressor": 0.3}, 0.1, 2.8),
    Plan(
        "smile", {"jaw_drop": 0.1}, {"lip_corner_puller": 0.9, "lower_lip_depressor": 0.3}, 0.0, 3.5
    ),
    Plan("jaw_side", {"jaw_drop": 0.2}, {"jaw_left": 0.9, "mouth_left": 0.4}, 0.1, 4.3),
    Plan("jaw", {"lip_corner_puller": 0.2}, {"jaw_drop": 0.7}, 0.1, 5.2),
    Plan("slip_sneer", {}, {"upper_lip_raiser": 0.7, "nose_wrinkler": 0.5}, 1.5, 6.0),
    Plan("jolt", {"jaw_drop": 0.4}, {"jaw_drop": -0.3, "lip_pucker": 0.3}, 3.0, 11.0),
)


@dataclass(frozen=True, eq=False, slots=True)
class Pair:
    """A rendered pair, 256 x 256."""

    before: Gray8
    after: Gray8
    flow_px: Flow
    valid: Mask


class Scene:
    """One wearer before one linear camera."""

    def __init__(self, head: Head, kind: Kind, index: int) -> None:
        rng = np.random.default_rng([2611, kind == "mouth", index])
        geometries = EYE_GEOMETRIES if kind == "eye" else MOUTH_GEOMETRIES
        geometry = geometries[index % len(geometries)]
        split: Split = geometry.split
        drawn = draw_rig(head, split, rng, names=(geometry.name,)).cameras
        name = schema.MOUTH_CAMERA if kind == "mouth" else schema.EYE_CAMERAS[index % 2]
        self.camera = linear_camera(drawn[name], size=2 * SIZE)
        rig = {name: self.camera}
        look = replace(draw_look(drawn, rng), glasses=None)
        identity = rng.normal(0, 0.8, len(head.identity)).astype(np.float32)
        mesh = FaceMesh(head, identity, seen=seen_triangles(head, rig))
        self._name, self.geometry = name, geometry.name
        self._colour = Renderer(mesh, rig, look, skin=paint_skin(head, look.skin, rng), seed=index)
        self._flow = FlowRenderer(mesh, rig, look.eye)

    def close(self) -> None:
        """Free both contexts."""
        self._colour.close()
        self._flow.close()

    def motion_px(self, before: Instant, after: Instant) -> float:
        """Mean exact motion at 256 pixels."""
        exact = self._flow.flow(before, after)[self._name]
        return float(np.linalg.norm(exact.flow_px[exact.valid], axis=1).mean() / 2)

    def pair(self, before: Instant, after: Instant) -> Pair:
        """Render both images and the flow between them, as a crop shows them."""
        exact = self._flow.flow(before, after)[self._name]
        flow_px, valid = halved(exact.flow_px, exact.valid)
        light = [self._matt(at) for at in (before, after)]
        gain = _WHITE / np.percentile(light[0], 99.5)
        grays = [np.clip(image * gain + 6.0, 0, 255).round().astype(np.uint8) for image in light]
        if self.camera.is_mirrored:
            grays = [np.ascontiguousarray(gray[:, ::-1]) for gray in grays]
            flow_px, valid = flow_px[:, ::-1] * (-1.0, 1.0), valid[:, ::-1]
        return Pair(grays[0], grays[1], flow_px.astype(np.float32), valid)

    def _matt(self, at: Instant) -> NDArray[np.float32]:
        drawn = self._colour.draw(at.values, at.headset_from_head, is_glossy=False)[self._name]
        return np.asarray(cv2.resize(drawn, (SIZE, SIZE), interpolation=cv2.INTER_AREA))


def instants(plan: Plan, amount: float) -> tuple[Instant, Instant]:
    """The two instants of a plan at some amount of its change."""
    start = _values(plan.start)
    moved = start + min(amount, 1.0) * _values(plan.change)
    weights = [schema.VALUE_INDEX[name] for name in schema.WEIGHT_NAMES]
    moved[weights] = np.clip(moved[weights], 0.0, 1.0)
    slip = np.array(_SLIP_UNIT) * plan.slip * amount
    return Instant(start, np.eye(4)), Instant(moved, slip_matrix(slip))


def _values(raised: dict[str, float]) -> NDArray[np.float32]:
    values = np.zeros(schema.VALUE_COUNT, np.float32)
    for name, amount in raised.items():
        for value in schema.value_names(schema.UNIT_BY_NAME[name]):
            values[schema.VALUE_INDEX[value]] = amount
    return values


def tuned(scene: Scene, plan: Plan) -> tuple[Instant, Instant]:
    """Scale the change until the mean motion is the wanted one, or the change is at its most."""
    low, high = 0.0, 1.0 if plan.slip < 0.5 else 4.0
    for _ in range(9):
        middle = (low + high) / 2
        if scene.motion_px(*instants(plan, middle)) < plan.motion_px:
            low = middle
        else:
            high = middle
    return instants(plan, (low + high) / 2)


def packed(pair: Pair) -> dict[str, NDArray[np.uint8]]:
    """A pair as PNG files: two gray ones and one of 16 bits (x, y, valid)."""
    steps = np.round(pair.flow_px * FLOW_STEPS_PER_PX) + FLOW_ZERO
    flow = np.where(pair.valid[..., None], steps, FLOW_ZERO).astype(np.uint16)
    flow = np.concatenate([flow, pair.valid[..., None].astype(np.uint16)], axis=-1)
    return {"before": _png(pair.before), "after": _png(pair.after), "flow": _png(flow)}


def _png(image: NDArray[np.uint8] | NDArray[np.uint16]) -> NDArray[np.uint8]:
    return cv2.imencode(".png", image, [cv2.IMWRITE_PNG_COMPRESSION, 9])[1].ravel()


def main() -> int:
    """Render every plan and write the archive."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--head", type=Path, required=True, help="a head file of mien synth")
    parser.add_argument("--out", type=Path, default=FACE_PAIRS)
    given = parser.parse_args()
    head = load_head(given.head)
    files: dict[str, NDArray[np.uint8]] = {}
    kinds: tuple[tuple[Kind, tuple[Plan, ...]], ...] = (("eye", EYE_PLANS), ("mouth", MOUTH_PLANS))
    for kind, plans in kinds:
        for index, plan in enumerate(plans):
            scene = Scene(head, kind, index)
            pair = scene.pair(*tuned(scene, plan))
            scene.close()
            for part, data in packed(pair).items():
                files[f"{kind}/{plan.name}/{part}"] = data
            speed = np.linalg.norm(pair.flow_px[pair.valid], axis=1)
            print(
                f"{kind:5} {plan.name:12} {scene.geometry:14} mean {speed.mean():5.2f} px "
                f"(wanted {plan.motion_px:4.1f}), 99 % {np.percentile(speed, 99):5.1f}, "
                f"valid {pair.valid.mean():.2f}"
            )
    with given.out.open("wb") as file:
        np.savez(file, allow_pickle=False, **files)
    print(f"{given.out}: {given.out.stat().st_size / 1e6:.2f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
