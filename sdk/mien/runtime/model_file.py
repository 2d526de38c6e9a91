"""The one file that ships: a TFLite flatbuffer with a ZIP behind it that holds `mien.json`.

Readers of plain TFLite ignore the ZIP; it is where TFLite Metadata puts associated files.
Everything is checked here before an interpreter sees a byte: damaged flatbuffers can crash it.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from mien import schema
from mien.config import CROP_SIZE, PreprocessConfig
from mien.errors import ConfigError, ModelError

FORMAT: Final = "mien-model"
VERSION: Final = 1
METADATA_NAME: Final = "mien.json"
_FIRST_SIGNATURES: Final = {"eye": ["units"], "mouth": ["units"]}
"""Of files that do not name their outputs: they have no heads but this."""
TFLITE_MAGIC: Final = b"TFL3"
"""Bytes 4..8 of every TFLite flatbuffer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelInfo:
    """What a model file says about itself."""

    path: Path
    trained: tuple[str, ...]
    """Names of the values that the network was trained for."""
    preprocess: PreprocessConfig
    """How a crop must be made for it."""
    fusion: Mapping[str, Mapping[str, float]]
    """Value or unit name -> camera kind -> weight, for what both kinds of camera see."""
    training: Mapping[str, Any]
    """Run, seed, sessions, labels, epochs."""
    metrics: Mapping[str, Any]
    """What the float network reached on the validation sessions against the run's own labels,
    with a neutral chosen by them. What the device reaches is measured by `mien evaluate`."""
    body_bytes: int
    """Size of the flatbuffer."""
    signatures: Mapping[str, tuple[str, ...]]
    """Signature -> names of its outputs, in order; `eye` and `mouth` give `units` first."""
    heads: Mapping[str, Any] = field(default_factory=dict)
    """Kind of camera -> what its heads reached on the validation sessions."""
    fingerprint: str = ""
    """First 16 hex digits of the flatbuffer's SHA-256; a profile names the network it is for."""


def read_model_file(path: Path) -> tuple[bytes, ModelInfo]:
    """Read and check a model file.

    Returns:
        The flatbuffer and what the file says about it.

    Raises:
        ModelError: If the file is missing, is not TFLite, is truncated or damaged, has no
            `mien.json`, or was made for another schema, format version or crop.
    """
    try:
        blob = path.read_bytes()
    except OSError as exc:
        raise ModelError(
            f"{path}: expected a model file, got none ({exc.strerror or exc})"
        ) from exc
    if blob[4:8] != TFLITE_MAGIC:
        raise ModelError(
            f"{path}: expected a TFLite file ({TFLITE_MAGIC!r} at byte 4), got {blob[4:8]!r} "
            f"in {len(blob)} bytes; use a file written by `mien export`"
        )
    metadata = _read_metadata(blob, path)
    body = _checked_body(blob, metadata, path)
    return body, _checked_info(metadata, path)


def _read_metadata(blob: bytes, path: Path) -> Mapping[str, Any]:
    try:
        with zipfile.ZipFile(io.BytesIO(blob)) as archive:
            metadata = json.loads(archive.read(METADATA_NAME))
    except (zipfile.BadZipFile, KeyError, ValueError, OSError, NotImplementedError) as exc:
        raise ModelError(
            f"{path}: expected a ZIP with {METADATA_NAME} behind the flatbuffer, got none "
            f"({exc}); the file is truncated or was not written by `mien export`"
        ) from exc
    if not isinstance(metadata, dict):
        raise ModelError(f"{path}: {METADATA_NAME}: expected an object, got {type(metadata)}")
    return metadata


def _checked_body(blob: bytes, metadata: Mapping[str, Any], path: Path) -> bytes:
    size = metadata.get("body_bytes")
    if not isinstance(size, int) or not 8 < size <= len(blob):
        raise ModelError(f"{path}: body_bytes: expected 9..{len(blob)}, got {size}")
    body = blob[:size]
    digest = hashlib.sha256(body).hexdigest()
    if digest != metadata.get("body_sha256"):
        raise ModelError(
            f"{path}: body_sha256: expected {metadata.get('body_sha256')}, got {digest}; "
            "the file is damaged, copy or export it again"
        )
    return body


def _checked_info(metadata: Mapping[str, Any], path: Path) -> ModelInfo:
    _require_equal(metadata, _identity_rules(), path)
    crop, quantisation = metadata["crop"], metadata["input"]
    trained = metadata.get("trained")
    if not isinstance(trained, list) or not all(name in schema.VALUE_NAMES for name in trained):
        raise ModelError(f"{path}: trained: expected value names, got {trained}")
    for what in ("fusion", "training", "metrics"):
        if not isinstance(metadata.get(what), dict):
            raise ModelError(f"{path}: {what}: expected an object, got {metadata.get(what)}")
    if not all(map(_is_weighting, metadata["fusion"].values())):
        raise ModelError(f"{path}: fusion: expected numbers by camera, got {metadata['fusion']}")
    try:
        preprocess = PreprocessConfig(
            window_px=int(crop["window_px"]),
            std_floor=float(crop["std_floor"]),
            scale=float(quantisation["scale"]),
            zero_point=int(quantisation["zero_point"]),
        )
    except (ConfigError, KeyError, TypeError, ValueError) as exc:
        raise ModelError(f"{path}: crop, input: expected the preprocessing, got {exc}") from exc
    return ModelInfo(
        path=path,
        trained=tuple(name for name in schema.VALUE_NAMES if name in set(trained)),
        preprocess=preprocess,
        fusion=MappingProxyType(metadata["fusion"]),
        training=MappingProxyType(metadata["training"]),
        metrics=MappingProxyType(metadata["metrics"]),
        body_bytes=int(metadata["body_bytes"]),
        signatures=MappingProxyType(_signatures(metadata, path)),
        heads=MappingProxyType(_heads(metadata, path)),
        fingerprint=str(metadata["body_sha256"])[:16],
    )


def _heads(metadata: Mapping[str, Any], path: Path) -> dict[str, Any]:
    heads = metadata.get("heads", {})
    if not isinstance(heads, dict) or not all(isinstance(one, dict) for one in heads.values()):
        raise ModelError(f"{path}: heads: expected scores by kind of camera, got {heads}")
    return heads


def _signatures(metadata: Mapping[str, Any], path: Path) -> dict[str, tuple[str, ...]]:
    given = metadata.get("signatures", _FIRST_SIGNATURES)
    is_known = isinstance(given, dict) and all(
        isinstance(names, list) and all(isinstance(name, str) for name in names)
        for names in given.values()
    )
    if not is_known or any(given.get(kind, [""])[:1] != ["units"] for kind in _FIRST_SIGNATURES):
        raise ModelError(
            f"{path}: signatures: expected names of outputs, of `eye` and `mouth` `units` first, "
            f"got {given}"
        )
    return {name: tuple(names) for name, names in given.items()}


def _is_weighting(weights: object) -> bool:
    return isinstance(weights, dict) and all(
        isinstance(weight, int | float) and 0 <= weight <= 1 for weight in weights.values()
    )


def _identity_rules() -> dict[str, tuple[Callable[[Mapping[str, Any]], object], object]]:
    return {
        "format": (lambda m: m.get("format"), FORMAT),
        "version": (lambda m: m.get("version"), VERSION),
        "schema_hash": (lambda m: m.get("schema_hash"), schema.schema_hash()),
        "eye_outputs": (lambda m: tuple(m.get("eye_outputs", ())), schema.EYE_OUTPUTS),
        "mouth_outputs": (lambda m: tuple(m.get("mouth_outputs", ())), schema.MOUTH_OUTPUTS),
        "crop.size": (lambda m: m["crop"]["size"], CROP_SIZE),
        "input": (lambda m: isinstance(m["input"], dict), True),
    }


def _require_equal(
    metadata: Mapping[str, Any],
    rules: Mapping[str, tuple[Callable[[Mapping[str, Any]], object], object]],
    path: Path,
) -> None:
    for what, (read, expected) in rules.items():
        try:
            got = read(metadata)
        except (KeyError, TypeError) as exc:
            raise ModelError(f"{path}: {what}: expected {expected}, got none ({exc})") from exc
        if got != expected:
            raise ModelError(
                f"{path}: {what}: expected {expected}, got {got}; "
                "the file was made for another version of mien, export it again"
            )
