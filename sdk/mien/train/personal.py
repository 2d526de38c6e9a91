"""A personal model: the base network with its last block fitted to one wearer's footage (A14)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mien.capture.session import open_session
from mien.errors import TrainError
from mien.schema import CameraKind
from mien.train.adapt import AdaptConfig, Adapted, adapt
from mien.train.checkpoint import TrainedModel, load_trained, save_trained
from mien.train.export import export
from mien.train.targets import KINDS, kind_of
from mien.train.wearer import LabelsAt, Maps, Wearer, lessons_of, maps_of, meet, metric_labels

_CALIBRATION_CROPS: Final = 64
"""Of the wearer, beside the base's, for the ranges of the int8 file."""


@dataclass(frozen=True, slots=True)
class Personal:
    """A base model fitted to a wearer."""

    model: TrainedModel
    fits: Mapping[CameraKind, Adapted]
    seconds: float
    """Length of the footage."""

    @property
    def is_changed(self) -> bool:
        """False: every fit was refused, and the model is the base."""
        return any(fit.epochs for fit in self.fits.values())

    def as_json(self) -> dict[str, Any]:
        """Plain data: how each fit went."""
        return {
            "seconds": self.seconds,
            "fits": {
                kind: {
                    "epochs": fit.epochs,
                    "error_before": fit.error_before,
                    "error_after": fit.error_after,
                    "reason": fit.reason,
                }
                for kind, fit in self.fits.items()
            },
        }


def personalise(
    base: TrainedModel,
    wearer: Wearer,
    labels: LabelsAt,
    *,
    maps: Maps,
    config: AdaptConfig | None = None,
) -> Personal:
    """Fit the last block of both networks to a wearer's footage.

    Args:
        base: Of many wearers; left as it is.
        wearer: What was seen; only the footage is looked at.
        labels: Of the footage.
        maps: From `maps_of` with the base's networks.
        config: Settings; None: the defaults.
    """
    chosen = config or AdaptConfig()
    fits = {
        kind: adapt(
            base.networks[kind],
            lessons_of(kind, wearer, labels, maps=maps, fps=chosen.fps),
            chosen,
        )
        for kind in KINDS
    }
    model = replace(
        base,
        networks={kind: fit.network for kind, fit in fits.items()},
        calibration={kind: _calibration(base, wearer, kind) for kind in KINDS},
    )
    personal = Personal(model, fits, (wearer.end_ns - wearer.start_ns) * 1e-9)
    training = {**base.training, "personal": personal.as_json()}
    return replace(personal, model=replace(model, training=training))


def _calibration(base: TrainedModel, wearer: Wearer, kind: CameraKind) -> NDArray[np.int8]:
    found = [base.calibration[kind]]
    for camera, footage in wearer.footage().items():
        if kind_of(camera) == kind:
            rows = np.linspace(0, len(footage.t_ns) - 1, _CALIBRATION_CROPS).astype(np.intp)
            found.append(footage.pairs(np.unique(rows)))
    return np.concatenate(found)


def adapt_run(
    run: Path,
    session: Path,
    out: Path,
    *,
    config: AdaptConfig | None = None,
    is_forced: bool = False,
) -> Personal:
    """Fit a run to a wearer and write the int8 model that the headset runs.

    Args:
        run: `model.pt` of a run, or the run's folder.
        session: A recording that begins with cues; at most its first minute is looked at.
        out: The model file to write; the checkpoint behind it lies beside it, as `*.pt`.
        config: Settings; None: the defaults.
        is_forced: Write it whatever the verification of the run says, see `export`.

    Raises:
        SessionError: If the session cannot be read or begins with no cue.
        TrainError: If the footage makes neither network better; nothing is written then.
    """
    base, recording = load_trained(run), open_session(session)
    wearer = meet(recording, base.preprocess)
    maps = maps_of(base.networks, wearer, preprocess=base.preprocess)
    labels = metric_labels(recording, wearer)
    personal = personalise(base, wearer, labels, maps=maps, config=config)
    if not personal.is_changed:
        reasons = "; ".join(f"{kind}: {fit.reason}" for kind, fit in personal.fits.items())
        raise TrainError(
            f"{session}: expected footage that makes a network better, got {reasons}; "
            "use the base model, or record the cues again"
        )
    checkpoint = out.with_suffix(".pt")
    save_trained(checkpoint, personal.model)
    export(checkpoint, out, is_forced=is_forced)
    return personal
