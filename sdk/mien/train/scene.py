"""What a session shows besides the units: who it is, what is felt, how far a lid is open, pixels.

Rendered sessions know it exactly (`mien.synth`, TRUTH.md); in others it is unknown, and teaches
nothing: person, headset and emotion -1, aperture NaN, pixels 255.
"""

from __future__ import annotations

import csv
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mien import schema
from mien.capture.session import Session
from mien.errors import SessionError
from mien.runtime.emotion import EMOTIONS
from mien.runtime.fallback import fallback_columns
from mien.train.box_targets import session_boxes
from mien.train.boxes import BoxRows
from mien.train.heads.scalars import APERTURE_MM
from mien.train.label_regions import UnitBoxes
from mien.train.targets import Rows

SCENE_FILE: Final = "truth_scene.csv"
_SHOWN: Final = 0.35
"""An emotion is told from this intensity on; below it a frame has no class."""
_REST: Final = 0.08
"""A face is at rest if no unit but blinks reaches this."""
_BLINKS: Final = ("lid_closure_left", "lid_closure_right")
_WEIGHTS: Final = [schema.VALUE_INDEX[name] for name in schema.WEIGHT_NAMES if name not in _BLINKS]


@dataclass(frozen=True, slots=True)
class SceneTargets:
    """Of N samples; one part of them has one camera of one session."""

    person: NDArray[np.int32]
    """Shape (N,): a number of the wearer, the same in all sessions; -1 unknown."""
    headset: NDArray[np.int32]
    """Shape (N,): a number of the headset, the same in all sessions of a recipe; -1 unknown."""
    session: NDArray[np.int32]
    """Shape (N,): a number of the session."""
    emotion: NDArray[np.int8]
    """Shape (N,): index in `runtime.emotion.EMOTIONS`, -1 unknown."""
    aperture: Rows
    """Shape (N,), share of `APERTURE_MM`, 0..1; NaN unknown."""
    fallback: Rows
    """Shape (N, F): `schema.FALLBACK_OUTPUTS` of the eye's side, 0..1."""
    fallback_weight: Rows
    """Shape (N, F); 0 where there is no label, and for a mouth camera."""
    boxes: BoxRows
    """Shape (N, C, 5): where each unit moves the face, and whether it does (C4)."""

    def __len__(self) -> int:
        return len(self.person)

    def __getitem__(self, chosen: NDArray[Any]) -> SceneTargets:
        return replace(self, **{f.name: getattr(self, f.name)[chosen] for f in fields(self)})

    @property
    def is_known(self) -> NDArray[np.bool_]:
        """Shape (N,): whether a sample is worth having for what it tells of the scene alone."""
        known: NDArray[np.bool_] = (self.emotion >= 0) | np.isfinite(self.aperture)
        return known


def joined_scenes(parts: Sequence[SceneTargets]) -> SceneTargets:
    """All samples of the parts, one after the other."""
    return SceneTargets(
        *(np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(SceneTargets))
    )


def session_scene(
    session: Session,
    camera: str,
    t_ns: NDArray[np.int64],
    *,
    values: Rows,
    weights: Rows,
    regions: UnitBoxes | None,
    lower: tuple[Rows, Rows],
) -> SceneTargets:
    """The targets of one camera of a session at some times.

    Args:
        session: Whose.
        camera: One of `schema.CAMERAS`.
        t_ns: Shape (N,), capture times.
        values: Labels at those times, shape (N, VALUE_COUNT).
        weights: Trust in them, same shape.
        lower: Values and weights of the mouth camera's frames at those instants.
        regions: The labeller's regions of this camera; None: exact rectangles, where there are.

    Raises:
        SessionError: If the session's scene file is damaged.
    """
    count = len(t_ns)
    wearer = str(session.meta.get("wearer", ""))
    emotion, aperture = _felt_and_opened(session, camera, t_ns)
    guess, trust = _fallback(camera, *lower)
    return SceneTargets(
        person=np.full(count, _number(wearer) if wearer else -1, np.int32),
        headset=np.full(count, _headset(session), np.int32),
        session=np.full(count, _number(session.path.name), np.int32),
        emotion=emotion,
        aperture=aperture,
        fallback=guess,
        fallback_weight=trust,
        boxes=session_boxes(session, camera, t_ns, values=values, weights=weights, regions=regions),
    )


def _headset(session: Session) -> int:
    """Recipes number their headsets from 0, so the number alone does not tell them apart."""
    if "headset" not in session.meta:
        return -1
    return _number(f"headset {[session.meta.get(key) for key in ('split', 'seed', 'headset')]}")


def _number(name: str) -> int:
    """The same for the same name, whatever else there is."""
    return zlib.crc32(name.encode()) & 0x7FFF_FFFF


def _fallback(camera: str, values: Rows, weights: Rows) -> tuple[Rows, Rows]:
    if camera == schema.MOUTH_CAMERA:
        nothing = np.zeros((len(values), len(schema.FALLBACK_OUTPUTS)), np.float32)
        return nothing, nothing
    columns = fallback_columns(camera)
    return np.clip(values[:, columns], 0, 1), weights[:, columns]


def _felt_and_opened(
    session: Session, camera: str, t_ns: NDArray[np.int64]
) -> tuple[NDArray[np.int8], Rows]:
    """Emotion class and aperture at some times."""
    unknown = np.full(len(t_ns), -1, np.int8), np.full(len(t_ns), np.nan, np.float32)
    path, truth = session.path / SCENE_FILE, session.truth()
    if not path.is_file() or truth is None:
        return unknown
    try:
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        times = np.array([int(row["t_ns"]) for row in rows], np.int64)
        strength = np.array([float(row["emotion_intensity"]) for row in rows])
        names = [row["emotion"] for row in rows]
        side = camera.removeprefix("eye_")
        opened = [float(row.get(f"lid_aperture_{side}_mm") or "nan") for row in rows]
        codes = np.array([EMOTIONS.index(name) if name else 0 for name in names], np.int8)
    except (KeyError, ValueError) as exc:
        raise SessionError(f"{path}: expected the columns of TRUTH.md, got {exc!r}") from exc
    near = np.abs(times[:, None] - t_ns[None]).argmin(axis=0) if len(times) else unknown[0]
    codes[(codes > 0) & (strength < _SHOWN)] = -1
    emotion = codes[near]
    emotion[(emotion == 0) & ~_is_at_rest(truth.t_ns, truth.values, t_ns)] = -1
    aperture = np.clip(np.array(opened, np.float32)[near] / APERTURE_MM, 0, 1)
    return emotion, aperture


def _is_at_rest(
    truth_ns: NDArray[np.int64], values: Rows, t_ns: NDArray[np.int64]
) -> NDArray[np.bool_]:
    strongest = values[:, _WEIGHTS].max(axis=1)
    resting: NDArray[np.bool_] = np.interp(t_ns, truth_ns, strongest) < _REST
    return resting
