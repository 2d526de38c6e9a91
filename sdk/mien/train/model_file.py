"""Writes the one file that ships: TFLite flatbuffer, then a ZIP that holds `mien.json`.

The reader is `mien.runtime.model_file`. The same flatbuffer and metadata give the same bytes.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mien import schema
from mien.config import CROP_SIZE, PreprocessConfig
from mien.runtime.model_file import FORMAT, METADATA_NAME, TFLITE_MAGIC, VERSION

_ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)


def model_metadata(
    body: bytes,
    *,
    preprocess: PreprocessConfig,
    trained: Sequence[str],
    outputs: Mapping[str, Mapping[str, Any]],
    training: Mapping[str, Any],
    metrics: Mapping[str, Any],
    fusion: Mapping[str, Mapping[str, float]],
    signatures: Mapping[str, Sequence[str]],
    heads: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """What `mien.json` holds.

    Args:
        body: The flatbuffer.
        preprocess: How a crop must be made; its scale and zero point are the input's.
        trained: Names of the values that had labels.
        outputs: Signature -> `{"scale", "zero_point"}` of its first output.
        training: Run, seed, sessions, labels, epochs.
        metrics: Value name -> `{"r", "mae", "n"}` on the validation sessions.
        fusion: Value name -> camera kind -> weight.
        signatures: Signature -> names of its outputs, in order.
        heads: Kind of camera -> scores of its heads on the validation sessions.
    """
    return {
        "format": FORMAT,
        "version": VERSION,
        "schema_hash": schema.schema_hash(),
        "eye_outputs": list(schema.EYE_OUTPUTS),
        "mouth_outputs": list(schema.MOUTH_OUTPUTS),
        "trained": list(trained),
        "crop": {
            "size": CROP_SIZE,
            "window_px": preprocess.window_px,
            "std_floor": preprocess.std_floor,
        },
        "input": {"scale": preprocess.scale, "zero_point": preprocess.zero_point},
        "outputs": {name: dict(entry) for name, entry in outputs.items()},
        "body_bytes": len(body),
        "body_sha256": hashlib.sha256(body).hexdigest(),
        "training": dict(training),
        "metrics": dict(metrics),
        "fusion": {name: dict(weights) for name, weights in fusion.items()},
        "heads": dict(heads or {}),
        "signatures": {name: list(outputs) for name, outputs in signatures.items()},
    }


def write_model_file(path: Path, body: bytes, metadata: Mapping[str, Any]) -> None:
    """Write a model file, whole or not at all.

    Raises:
        ValueError: If `body` is not a TFLite flatbuffer.
    """
    if body[4:8] != TFLITE_MAGIC:
        raise ValueError(f"body: expected a TFLite flatbuffer, got {body[4:8]!r} at byte 4")
    text = json.dumps(metadata, indent=1, sort_keys=True, allow_nan=False)
    entry = zipfile.ZipInfo(METADATA_NAME, date_time=_ZIP_EPOCH)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.create_system = 3  # the same bytes on every system
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    part.write_bytes(body)
    with zipfile.ZipFile(part, "a") as archive:
        archive.writestr(entry, text)
    part.replace(path)
