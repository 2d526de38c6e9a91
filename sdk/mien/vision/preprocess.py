"""From a sensor image to the crop that the model and the flow read."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from mien import _core
from mien.config import CROP_SIZE, PreprocessConfig
from mien.errors import FrameError
from mien.vision.arrays import check_array

if TYPE_CHECKING:
    from mien.types import Bytes8, CameraModel, Gray8, PixelFormat, Quant8

DEFAULT_CONFIG = PreprocessConfig()


def _frame_shapes(height: int, width: int) -> dict[PixelFormat, tuple[int, ...]]:
    shapes: dict[PixelFormat, tuple[int, ...]] = {
        "gray8": (height, width),
        "yuyv": (height, width, 2),
        "bgr8": (height, width, 3),
    }
    if height % 2 == 0:  # its colour has half as many rows
        shapes["nv12"] = (height * 3 // 2, width)
    return shapes


class Crop(NamedTuple):
    """One crop, twice."""

    gray: Gray8
    """Shape (S, S), uint8: undistorted, turned, mirrored, antialiased; for the flow."""
    quant: Quant8
    """Shape (S, S), int8 codes, locally normalised; for the model."""


class Preprocessor:
    """Undistorts, crops, turns, shrinks, normalises and quantises one camera's images.

    The way of each crop pixel through the lens is computed once, here. Per image

        code = clamp(round((gray - mean) * gain) + zero_point, -128, 127)
        gain = min(1 / ((std + std_floor) * scale), 128)

    with mean and std over the `window_px` box around the pixel (the crop's border repeated),
    rounding to nearest. Mean and gain are computed at every fourth column and row, in 16 bits, and
    are bilinear between them. What lies outside the sensor image repeats its border, averaged as
    wide as a crop pixel. The codes are the same on every CPU, to the last bit. One call at a time
    per object.

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
        self._shapes = _frame_shapes(camera.height, camera.width)
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
        self,
        frame: Bytes8,
        *,
        pixel_format: PixelFormat = "gray8",
        out_gray: Gray8 | None = None,
        out_quant: Quant8 | None = None,
    ) -> Crop:
        """Make the crop of one sensor image.

        Args:
            frame: Of the camera's (height, width), uint8, in the shape of its format: (height,
                width) for gray8. Rows must be contiguous; a crop such as `frame[y0:y1, x0:x1]`
                qualifies and is not copied.
            pixel_format: What the bytes are. Gray is made of the pixels under the crop alone: the
                Y of `yuyv` and `nv12`, and of `bgr8` what OpenCV's `COLOR_BGR2GRAY` gives.
            out_gray: Where to write the gray crop, shape (S, S), uint8. Pass both outputs in
                a frame loop: the call then allocates no image.
            out_quant: Where to write the codes, shape (S, S), int8.

        Returns:
            The outputs that were passed, or new arrays.

        Raises:
            FrameError: If a shape differs, rows are not contiguous, the format is unknown, or an
                output shares memory with another array.
            TypeError: If a dtype is not as stated; nothing is converted silently.
        """
        if out_gray is None:
            out_gray = np.empty(self._crop_shape, np.uint8)
        if out_quant is None:
            out_quant = np.empty(self._crop_shape, np.int8)
        crop = Crop(out_gray, out_quant)
        try:
            self._core.run(frame, out_gray, out_quant, pixel_format)
        except (FrameError, TypeError):
            # The core refuses all that these do and touches nothing; they word it better. Asked
            # first, they would take a twentieth of the call's time.
            self._check(frame, pixel_format, crop)
            raise
        return crop

    def _check(self, frame: Bytes8, pixel_format: PixelFormat, crop: Crop) -> None:
        if pixel_format not in self._shapes:
            raise FrameError(
                f"pixel_format: expected one of {sorted(self._shapes)}, got {pixel_format!r}"
            )
        check_array("frame", frame, dtype=np.uint8, shape=self._shapes[pixel_format])
        check_array("out_gray", crop.gray, dtype=np.uint8, shape=self._crop_shape)
        check_array("out_quant", crop.quant, dtype=np.int8, shape=self._crop_shape)
