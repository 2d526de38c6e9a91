"""The curves of a run for TensorBoard, if its package is there (`mien[tensorboard]`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from mien.errors import ConfigError
from mien.schema import CameraKind

FOLDER: Final = "tensorboard"
_SCALARS: Final = ("loss", "validation_loss", "mean_r", "mean_mae")


class EventLog:
    """Event files in the folder of a run; a run that goes on adds one more."""

    def __init__(self, run: Path, *, epochs_done: int) -> None:
        """Begin after some epochs: what was logged of later ones is dropped by the reader.

        Raises:
            ConfigError: If TensorBoard is not installed.
        """
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ModuleNotFoundError as exc:
            raise ConfigError(
                "tensorboard: expected the package, found none; pip install 'mien[tensorboard]'"
            ) from exc
        self._writer = SummaryWriter(str(run / FOLDER), purge_step=epochs_done + 1)
        self._logged: dict[CameraKind, int] = {}
        self._done = epochs_done

    def write(self, histories: Mapping[CameraKind, Sequence[Mapping[str, Any]]]) -> None:
        """Log the epochs that are not logged yet."""
        for kind, history in histories.items():
            for entry in history[self._logged.get(kind, self._done) :]:
                for name in _SCALARS:
                    if entry[name] is not None:
                        self._add(f"{name}/{kind}", entry[name], entry["epoch"])
                for name, r in entry["r"].items():
                    self._add(f"r_{kind}/{name}", r, entry["epoch"])
            self._logged[kind] = len(history)
        self._writer.flush()

    def close(self) -> None:
        """Write what is left."""
        self._writer.close()

    def _add(self, name: str, value: float, epoch: int) -> None:
        self._writer.add_scalar(name, value, epoch)
