"""Which kernels the core has chosen for this CPU, and whether they compute what they must."""

from __future__ import annotations

import numpy as np

from mien import _core
from mien.config import CROP_SIZE
from mien.errors import ConfigError
from mien.types import centred_camera
from mien.vision.flow import DenseFlow
from mien.vision.preprocess import Preprocessor


def kernels_in_use() -> str:
    """Name of the table in use, such as "avx2"."""
    return _core.kernels_in_use()


def kernel_tables() -> list[str]:
    """Names of the tables that this CPU can run, "scalar" among them."""
    return _core.kernel_tables()


def use_kernels(name: str) -> None:
    """Use another table in this whole process from now on: to measure, not to track.

    Raises:
        ConfigError: If this CPU cannot run it.
    """
    if name not in _core.kernel_tables():
        raise ConfigError(f"kernels: expected one of {_core.kernel_tables()}, got {name!r}")
    _core.use_kernels(name)


def tables_that_differ() -> list[str]:
    """Tables whose crops, codes or flow are not bit for bit those of the scalar definition.

    Switches tables while it runs, for the whole process, and back: not beside a tracker.
    """
    before = _core.kernels_in_use()
    try:
        answers = {name: _answer(name) for name in _core.kernel_tables()}
    finally:
        _core.use_kernels(before)
    return [name for name, answer in answers.items() if answer != answers["scalar"]]


def _answer(table: str) -> bytes:
    _core.use_kernels(table)
    height, width = 90, 117
    y, x = np.mgrid[:height, :width]
    frame = ((x * x * 3 + y * y * 5 + x * y * 7) // 16 % 251).astype(np.uint8)
    preprocessor = Preprocessor(centred_camera(width, height, is_mirrored=True), size=CROP_SIZE)
    first, second = preprocessor.run(frame), preprocessor.run(np.roll(frame, 1, axis=1))
    flow = DenseFlow(CROP_SIZE, CROP_SIZE).run(first.gray, second.gray)
    return b"".join(part.tobytes() for part in (*first, *second, *flow))
