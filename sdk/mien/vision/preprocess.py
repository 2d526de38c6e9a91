"""From a sensor image to the crop that the model and the flow read."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from mien import _core
from mien.config import CROP_SIZE, PreprocessConfig
from mien.vision.arrays import check_array, output_array

if TYPE_CHECKING:
    from mien.types import CameraModel, Gray8, Quant8

DEFAULT_CONFIG = PreprocessConfig()


class Crop(NamedTuple):
    """One crop, twice."""

    gray: Gray8
    """Shape (S, S), uint8: undistorted, turned, mirrored, antialiased; for the flow."""
    quant: Quant8
    """Shape (S, S), int8 codes, locally normalised; for the model."""


class Preprocessor:
    """Undistorts, crops, turns, shrinks, normalises and quantises one camera's images.

    The way of each crop pixel through the lens is computed once, here. Per image

        code = clamp(round((gray - mean) / (std + std_floor) / scale) + zero_point, -128, 127)

    with mean and std over the `window_px` box around the pixel (the crop's border repeated),
    rounding to nearest with ties to even. What lies outside the sensor image repeats its
    border. The codes are the same on every CPU, to the last bit. One call at a time per object.

    Args:
        camera: Lens and crop, see `CameraModel`.
        config: Normalisation and quantisation, from the model file.
        size: Side of the crop in pixels, 8..1024.

    Raises:
        ConfigError: If `size` is out of range, or the lens maps the crop to no finite place.
    """

    def __init__(
        self,
        camera: CameraModel,
        config: PreprocessConfig = DEFAULT_CONFIG,
        *,
        size: int = CROP_SIZE,
    ) -> None:
        self._shape = (camera.height, camera.width)
        self._crop_shape = (size, size)
        self._core = _core.Preprocess(
            width=camera.width,
            height=camera.height,
            fx_fy_cx_cy=(camera.fx, camera.fy, camera.cx, camera.cy),
            lens=camera.lens,
            distortion=camera.distortion,
            crop_xyxy_px=camera.crop_xyxy_px,
            rotation_deg=camera.rotation_deg,
            is_mirrored=camera.is_mirrored,
            size=size,
            window_px=config.window_px,
            std_floor=config.std_floor,
            scale=config.scale,
            zero_point=config.zero_point,
        )

    def run(
        self, gray: Gray8, *, out_gray: Gray8 | None = None, out_quant: Quant8 | None = None
    ) -> Crop:
        """Make the crop of one sensor image.

        Args:
            gray: Shape (height, width) of the camera, uint8. Rows must be contiguous; a crop
                such as `frame[y0:y1, x0:x1]` qualifies and is not copied.
            out_gray: Where to write the gray crop, shape (S, S), uint8. Pass both outputs in
                a frame loop: the call then allocates no image.
            out_quant: Where to write the codes, shape (S, S), int8.

        Returns:
            The outputs that were passed, or new arrays.

        Raises:
            FrameError: If a shape differs, or rows are not contiguous.
            TypeError: If a dtype is not as stated; nothing is converted silently.
        """
        check_array("gray", gray, dtype=np.uint8, shape=self._shape)
        out_gray = output_array("out_gray", out_gray, dtype=np.uint8, shape=self._crop_shape)
        out_quant = output_array("out_quant", out_quant, dtype=np.int8, shape=self._crop_shape)
        self._core.run(gray, out_gray, out_quant)
        return Crop(out_gray, out_quant)
