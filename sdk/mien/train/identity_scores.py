"""How well models tell wearers apart (D1): the measuring half of the study."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from mien.errors import TrainError
from mien.runtime.identity import CropIdentity
from mien.schema import CameraKind
from mien.train.checkpoint import TrainedModel, load_trained
from mien.train.config import TRUTH, LoadConfig
from mien.train.faces.pairs import ROC_AT, equal_error_rate, true_matches
from mien.train.recognition import Likes, Visit, curve_of, pair_likes
from mien.train.samples import Samples, load_samples
from mien.train.targets import KINDS
from mien.train.wearers import enrol
from mien.types import Progress, silent

STRETCHES: Final = 4
"""Enrolments that a session is divided into: each is compared with those of other visits."""
VIEWS: Final[dict[str, tuple[CameraKind, ...]]] = {
    "eyes": ("eye",),
    "mouth": ("mouth",),
    "eyes and mouth": KINDS,
}
PICTURES: Final = "pictures"
"""Name of the baseline: the crop at rest itself, as `mien.runtime.identity` compares it."""
_CURVE_POINTS: Final = 200


def identity_scores(
    runs: Sequence[Path],
    sessions: Sequence[Path],
    *,
    config: LoadConfig | None = None,
    progress: Progress = silent,
) -> list[dict[str, Any]]:
    """Compare all enrolments of different visits within each headset.

    Args:
        runs: `model.pt` files or folders of runs whose networks have an identity head.
        sessions: Of wearers that came back and share headsets, none of them trained on.
        config: Which frames count, and where crops are kept.
        progress: Told of each session read and each model.

    Returns:
        For the pictures themselves and for each run its `name` and, by view, the
        `equal_error_rate`, the number of `pairs` of one wearer and of two, `true_matches` by
        share of false ones, and the `curve`; `wearers` and `headsets` besides.

    Raises:
        TrainError: If a run has no identity head, or the sessions form no pairs.
        SessionError: If a session cannot be read.
    """
    models = {_name(run): load_trained(run) for run in runs}
    samples = load_samples(
        sessions, TRUTH, config=config or LoadConfig(), progress=progress, what="sessions"
    )
    found = [_described(PICTURES, picture_visits(samples), pictures=CropIdentity())]
    for name, model in progress(models.items(), what="models", total=len(models)):
        found.append(_described(name, enrolled_visits(name, model, samples)))
    return found


def enrolled_visits(
    name: str, model: TrainedModel, samples: Mapping[CameraKind, Samples]
) -> list[Visit]:
    """Every enrolment, with a vector per kind of camera.

    Raises:
        TrainError: If the model has no identity head.
    """
    joined: dict[tuple[int, int], Visit] = {}
    for kind in KINDS:
        network = model.networks[kind]
        if "identity" not in network.heads:
            raise TrainError(f"{name}: expected networks with an identity head, got none")
        found = enrol(network, samples[kind], model.preprocess, stretches=STRETCHES)
        columns = (found.person_E, found.headset_E, found.session_E, found.stretch_E)
        for row, vector in zip(zip(*columns, strict=True), found.vector_EI, strict=True):
            person, headset, session, stretch = map(int, row)
            visit = joined.setdefault((session, stretch), Visit(person, headset, session, {}))
            joined[session, stretch] = Visit(
                person, headset, session, {**visit.vectors, kind: vector}
            )
    return list(joined.values())


def picture_visits(samples: Mapping[CameraKind, Samples]) -> list[Visit]:
    """One enrolment a session: the first crop at rest of each camera."""
    identity, joined = CropIdentity(), dict[int, Visit]()
    for kind in KINDS:
        given = samples[kind]
        for part in np.unique(given.part):
            sample = int(np.flatnonzero(given.part == part)[0])
            rest = given.neutral_rows[part]
            crop = given.parts[part][rest[0] if len(rest) else given.row[sample]]
            camera, session = given.part_cameras[part], int(given.scene.session[sample])
            person, headset = int(given.scene.person[sample]), int(given.scene.headset[sample])
            before = joined[session].vectors if session in joined else {}
            vectors = {**before, camera: identity.vector(camera, np.asarray(crop))}
            joined[session] = Visit(person, headset, session, vectors)
    return list(joined.values())


def _described(
    name: str, visits: Sequence[Visit], *, pictures: CropIdentity | None = None
) -> dict[str, Any]:
    views: dict[str, Any] = {}
    for view, kinds in VIEWS.items():
        if pictures is None:
            likes = pair_likes(visits, kinds)
        else:
            cameras = {c for visit in visits for c in visit.vectors if c.split("_")[0] in kinds}
            likes = pair_likes(visits, sorted(cameras), alike=pictures.likeness)
        views[view] = _scored(likes)
    return {
        "name": name,
        "wearers": len({visit.person for visit in visits}),
        "headsets": len({visit.headset for visit in visits}),
        "views": views,
    }


def _scored(likes: Likes) -> dict[str, Any]:
    if not len(likes.same) or not len(likes.other):
        raise TrainError(
            "sessions: expected wearers who came back and share a headset, got none; "
            "render them with `mien synth --recipe faces`"
        )
    curve = curve_of(likes)
    thinned = np.unique(np.linspace(0, len(curve) - 1, _CURVE_POINTS).astype(np.intp))
    return {
        "equal_error_rate": equal_error_rate(curve),
        "pairs": [len(likes.same), len(likes.other)],
        "true_matches": {str(at): true_matches(curve, at) for at in ROC_AT},
        "curve": curve[thinned].round(4).tolist(),
    }


def _name(run: Path) -> str:
    return run.resolve().name if run.is_dir() else run.resolve().parent.name
