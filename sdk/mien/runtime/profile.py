"""What an enrolment taught about one wearer, as a file (A14).

Per camera: the crop at rest, and a gain and an offset per value from what the network says to what
it means on this face. A profile belongs to one network: it is of no use to another.
"""

from __future__ import annotations

import io
import json
import logging
import os
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mien import schema
from mien.config import CROP_SIZE
from mien.errors import ConfigError
from mien.runtime.fusion import route
from mien.runtime.identity import Signature
from mien.types import Quant8

FORMAT: Final = "mien-profile"
VERSION: Final = 2
SUFFIX: Final = ".mien-profile"
_LOG = logging.getLogger("mien")


@dataclass(frozen=True, slots=True)
class CameraProfile:
    """One camera's part: `value = gain * said + offset`, then limited to its range."""

    neutral: Quant8
    """The crop at rest, shape (CROP_SIZE, CROP_SIZE), int8."""
    gain: NDArray[np.float32]
    """Shape (n,), one per value of `route(camera)`."""
    offset: NDArray[np.float32]
    """Shape (n,), weight or radian."""


@dataclass(frozen=True, slots=True)
class Profile:
    """One wearer's calibration."""

    wearer: str
    """Any name; a file holds one wearer."""
    model: str
    """`ModelInfo.fingerprint` of the network it was made with."""
    cameras: Mapping[str, CameraProfile]
    """Only cameras whose values got better."""
    quality: Mapping[str, float] = field(default_factory=dict)
    """What the enrolment measured, see `mien.runtime.enrolment`."""
    signature: Signature = field(default_factory=dict)
    """What `Tracker.choose` knows the wearer by, see `mien.runtime.identity`; empty unless they
    agreed to it."""
    signature_kind: str = ""
    """`Identity.kind` of what made the signature."""

    def save(self, path: str | Path) -> Path:
        """Write the file whole or not at all, readable by its owner alone.

        Raises:
            ConfigError: If it cannot be written.
        """
        path, content = Path(path), self._bytes()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            # mkstemp gives 0600, which the file keeps.
            handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(content)
                    file.flush()
                    os.fsync(file.fileno())
                Path(name).replace(path)
            except BaseException:
                Path(name).unlink(missing_ok=True)
                raise
        except OSError as exc:
            raise ConfigError(f"{path}: expected a file to write, got {exc.strerror}") from exc
        return path

    def _bytes(self) -> bytes:
        about = {
            "format": FORMAT,
            "version": VERSION,
            "schema_hash": schema.schema_hash(),
            "wearer": self.wearer,
            "model": self.model,
            "cameras": sorted(self.cameras),
            "quality": {name: float(value) for name, value in self.quality.items()},
            "signature": sorted(self.signature),
            "signature_kind": self.signature_kind,
        }
        arrays: dict[str, NDArray[Any]] = {"about": np.array(json.dumps(about))}
        for name, one in self.cameras.items():
            arrays |= {
                f"{name}.neutral": one.neutral,
                f"{name}.gain": one.gain,
                f"{name}.offset": one.offset,
            }
        arrays |= {f"{name}.signature": vector for name, vector in self.signature.items()}
        file = io.BytesIO()
        np.savez_compressed(file, allow_pickle=False, **arrays)
        return file.getvalue()

    @classmethod
    def load(cls, path: str | Path) -> Profile:
        """Read and check a file.

        Raises:
            ConfigError: If it is missing, damaged, of another version or schema.
        """
        path = Path(path)
        try:
            with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as file:
                arrays = {name: file[name] for name in file.files}
            about = json.loads(str(arrays["about"]))
            _require_current(about)
            cameras = {name: _camera(name, arrays) for name in about["cameras"]}
            quality = {str(name): float(value) for name, value in about["quality"].items()}
            signature = {name: _signature(name, arrays) for name in about["signature"]}
            kind = str(about["signature_kind"])
            wearer, model = str(about["wearer"]), str(about["model"])
            return cls(wearer, model, cameras, quality, signature, kind)
        except (OSError, EOFError, zipfile.BadZipFile, KeyError, ValueError, TypeError) as exc:
            raise ConfigError(f"{path}: expected a {FORMAT}, got {exc}; enrol again") from exc


def _require_current(about: Mapping[str, Any]) -> None:
    for key, expected in (
        ("format", FORMAT),
        ("version", VERSION),
        ("schema_hash", schema.schema_hash()),
    ):
        if about[key] != expected:
            raise ValueError(f"{key} {about[key]!r} instead of {expected!r}")


def _camera(name: str, arrays: Mapping[str, NDArray[Any]]) -> CameraProfile:
    if name not in schema.CAMERAS:
        raise ValueError(f"camera {name!r}")
    width = len(route(name).names)
    parts = []
    for part, dtype, shape in (
        ("neutral", np.int8, (CROP_SIZE, CROP_SIZE)),
        ("gain", np.float32, (width,)),
        ("offset", np.float32, (width,)),
    ):
        array = arrays[f"{name}.{part}"]
        if array.dtype != dtype or array.shape != shape or not np.isfinite(array).all():
            raise ValueError(f"{name} {part} {array.shape} {array.dtype}")
        parts.append(array)
    return CameraProfile(*parts)


def _signature(name: str, arrays: Mapping[str, NDArray[Any]]) -> NDArray[np.float32]:
    vector = arrays[f"{name}.signature"]
    if name not in schema.CAMERAS or vector.dtype != np.float32 or vector.ndim != 1:
        raise ValueError(f"{name} signature {vector.shape} {vector.dtype}")
    return vector


class ProfileFolder:
    """The profiles of a device: one file per wearer in one folder."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)

    def file_of(self, wearer: str) -> Path:
        """Where a wearer's profile lies.

        Raises:
            ConfigError: If the name cannot be that of a file.
        """
        if not wearer or wearer != Path(wearer).name or wearer.startswith("."):
            raise ConfigError(f"wearer: expected a name without folders, got {wearer!r}")
        return self.path / f"{wearer}{SUFFIX}"

    def wearers(self) -> list[str]:
        """Names of those who have one."""
        return sorted(found.name.removesuffix(SUFFIX) for found in self.path.glob(f"*{SUFFIX}"))

    def save(self, profile: Profile) -> Path:
        """Write a profile in the place of the wearer's last one; errors as `Profile.save`."""
        return profile.save(self.file_of(profile.wearer))

    def load(self, wearer: str) -> Profile:
        """Read a wearer's profile; errors as `Profile.load`."""
        return Profile.load(self.file_of(wearer))

    def all(self) -> list[Profile]:
        """Every profile that can be read; a damaged one is logged and left out."""
        return [one for one in map(self._load_if_whole, self.wearers()) if one is not None]

    def _load_if_whole(self, wearer: str) -> Profile | None:
        try:
            return self.load(wearer)
        except ConfigError as error:
            _LOG.warning("%s", error)
            return None
