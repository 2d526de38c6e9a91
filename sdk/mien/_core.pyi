from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

_Gray: TypeAlias = NDArray[np.uint8]
_Quant: TypeAlias = NDArray[np.int8]
_Floats: TypeAlias = NDArray[np.float32]
_Doubles: TypeAlias = NDArray[np.float64]
_Box: TypeAlias = tuple[float, float, float, float]
_Slip: TypeAlias = tuple[float, float, float, float, float, float]

def kernel_tables() -> list[str]: ...
def kernels_in_use() -> str: ...
def use_kernels(name: str) -> None: ...

class Preprocess:
    def __init__(
        self,
        *,
        width: int,
        height: int,
        fx_fy_cx_cy: _Box,
        lens: str,
        distortion: Sequence[float],
        crop_xyxy_px: _Box,
        rotation_deg: float,
        is_mirrored: bool,
        size: int,
        window_px: int,
        std_floor: float,
        scale: float,
        zero_point: int,
    ) -> None: ...
    def run(self, frame: _Gray, gray: _Gray, quant: _Quant, pixel_format: str) -> None: ...

class FlowImage:
    def __init__(self, *, width: int, height: int, levels: int) -> None: ...
    def set(self, gray: _Gray) -> None: ...

class DenseFlow:
    def __init__(
        self,
        *,
        width: int,
        height: int,
        levels: int,
        window_px: int,
        updates: int,
        smoothing_px: int,
    ) -> None: ...
    def run(
        self, previous: _Gray, current: _Gray, flow_px: _Floats, confidence: _Floats
    ) -> None: ...
    def between(
        self, previous: FlowImage, current: FlowImage, flow_px: _Floats, confidence: _Floats
    ) -> None: ...

class Follower:
    def __init__(
        self,
        *,
        width: int,
        height: int,
        levels: int,
        window_px: int,
        updates: int,
        smoothing_px: int,
        step_px: int,
        key_gain: float,
        is_held: bool,
    ) -> None: ...
    def run(self, key: _Gray, frames: _Gray, moved_px: _Floats, trust: _Floats) -> None: ...

def median_image(images: _Gray, median: _Floats) -> None: ...

class SlipFit:
    def __init__(self, reference: _Gray) -> None: ...
    def run(self, flow_px: _Floats, confidence: _Floats) -> _Slip: ...
    def run_all(self, flow_px: _Floats, confidence: _Floats, slips: _Doubles) -> None: ...

class RegionMotion:
    def __init__(self, weights: _Floats, reference: _Gray) -> None: ...
    def run(self, flow_px: _Floats, confidence: _Floats, values: _Floats) -> _Slip: ...

class OneEuro:
    def __init__(
        self, *, count: int, min_cutoff_hz: float, beta: float, derivative_cutoff_hz: float
    ) -> None: ...
    def step(self, values: _Floats, t_ns: int, smooth: _Floats) -> None: ...
    def reset(self) -> None: ...

def remove_slip(
    flow_px: _Floats, a: float, b: float, tx: float, ty: float, rest_px: _Floats
) -> None: ...
def remove_slips(flow_px: _Floats, slips: _Doubles, rest_px: _Floats) -> None: ...
