"""Where the face is not seen as exact flow and labels have it: behind glasses and headset edge."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from mien.synth.flow import ExactFlow, Instant
from mien.synth.look import Look
from mien.synth.mesh import FaceMesh
from mien.synth.render import Renderer
from mien.synth.sensor import Sensor
from mien.types import Rig

Masks = dict[str, NDArray[np.bool_]]
_BLANK = np.full((16, 16, 4), 128, np.uint8)
_LEAST = 0.05


def behind_glasses(
    mesh: FaceMesh, rig: Rig, look: Look, *, instants: Sequence[Instant]
) -> list[Masks]:
    """Which pixels rims and reflections change by more than a twentieth, per instant and camera.

    Args:
        mesh: The wearer.
        rig: Cameras by name.
        look: The session's appearance.
        instants: When.

    Returns:
        Per instant, camera name -> (H, W).
    """
    if look.glasses is None:
        nothing = {name: np.zeros((c.height, c.width), bool) for name, c in rig.items()}
        return [nothing for _ in instants]
    pictures = []
    for worn in (look, replace(look, glasses=None)):
        renderer = Renderer(mesh, rig, worn, skin=_BLANK, seed=0)
        pictures.append([renderer.draw(at.values, at.headset_from_head) for at in instants])
        renderer.close()
    return [
        {name: np.abs(one[name] - other[name]) > _LEAST * other[name].mean() for name in rig}
        for one, other in zip(*pictures, strict=True)
    ]


def without_hidden(
    flow: ExactFlow, before: NDArray[np.bool_], after: NDArray[np.bool_]
) -> ExactFlow:
    """The same flow, not valid where a pixel is hidden before or where it goes to.

    Args:
        flow: Exact flow of one camera.
        before: Shape (H, W): hidden in the first frame.
        after: Shape (H, W): hidden in the second.
    """
    height, width = before.shape
    y, x = np.mgrid[0:height, 0:width]
    to_x = np.clip(np.rint(x + flow.flow_px[..., 0]), 0, width - 1).astype(int)
    to_y = np.clip(np.rint(y + flow.flow_px[..., 1]), 0, height - 1).astype(int)
    return replace(flow, valid=flow.valid & ~before & ~after[to_y, to_x])


def seen_flow(
    flow: Mapping[str, ExactFlow], sensors: Mapping[str, Sensor], hidden: Sequence[Masks]
) -> dict[str, ExactFlow]:
    """Flow of every camera with what is hidden in two frames left out."""
    first, second = hidden
    return {
        name: without_hidden(each, first[name] | edge, second[name] | edge)
        for name, each in flow.items()
        for edge in (sensors[name].hidden,)
    }
