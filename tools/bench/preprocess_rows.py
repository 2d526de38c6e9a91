"""Preprocess, from sensor image to gray crop and int8 codes, beside OpenCV's parts of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from bench import flow_pairs
from bench.kernel_table import Row, row
from bench.timing import medians_ns
from mien.config import CROP_SIZE, PreprocessConfig
from mien.types import CameraModel, PixelFormat
from mien.vision.preprocess import Preprocessor

SIZES: Final = ((400, 400), (200, 200), (640, 480))
FORMATS: Final[tuple[PixelFormat, ...]] = ("yuyv", "nv12", "bgr8")
MOST_OF_CHAIN: Final = 1 / 8
ERROR_LIMIT_GRAY: Final = 1.0
CODES_LIMIT: Final = 2.0
SATURATED_GRAY: Final = 250
SUPERSAMPLING: Final = 8
LENS_BLUR_PX: Final = 0.7
NOISE_GRAY: Final = 2.0
"""What a lens and a sensor do: a rendered image is sharper than any camera's."""
CONFIG: Final = PreprocessConfig()

Gray = NDArray[np.uint8]
Floats = NDArray[np.float32]


def _camera(width: int, height: int) -> CameraModel:
    """A fisheye eye camera on its side, its image's middle square, mirrored as the right eye's."""
    side = min(width, height)
    left, top = (width - side) / 2, (height - side) / 2
    return CameraModel(
        width=width,
        height=height,
        fx=float(side),
        fy=float(side),
        cx=(width - 1) / 2,
        cy=(height - 1) / 2,
        lens="fisheye",
        distortion=(-0.03, 0.01, 0.0, 0.0),
        crop_xyxy_px=(
            left + 0.02 * side,
            top + 0.02 * side,
            left + 0.98 * side,
            top + 0.98 * side,
        ),
        rotation_deg=9.0,
        is_mirrored=True,
    )


def _sensor_images(width: int, height: int) -> list[Gray]:
    """A rendered eye and a mouth as a sensor of this size sees them, with noise."""
    rng = np.random.default_rng(5)
    pairs = {pair.kind: pair for pair in flow_pairs.face_pairs(flow_pairs.SIZE, is_clean=True)}
    images = []
    for kind in ("eye", "mouth"):
        wide = cv2.resize(pairs[kind].before, (width, height), interpolation=cv2.INTER_CUBIC)
        seen = cv2.GaussianBlur(wide, (0, 0), LENS_BLUR_PX)
        noisy = seen + rng.normal(0, NOISE_GRAY, wide.shape)
        images.append(np.clip(np.rint(noisy), 0, 255).astype(np.uint8))
    return images


def sensor_grid(camera: CameraModel, size: int) -> Floats:
    """Sensor pixel of each crop pixel, shape (size, size, 2), by OpenCV's own projection."""
    x0, y0, x1, y1 = camera.crop_xyxy_px
    u, v = np.meshgrid(*2 * [(np.arange(size) + 0.5) / size])
    dx, dy = (0.5 - u) * (x1 - x0), (v - 0.5) * (y1 - y0)
    turn = -np.deg2rad(camera.rotation_deg)
    x = (x0 + x1) / 2 + np.cos(turn) * dx - np.sin(turn) * dy
    y = (y0 + y1) / 2 + np.sin(turn) * dx + np.cos(turn) * dy
    rays = np.stack([(x - camera.cx) / camera.fx, (y - camera.cy) / camera.fy], -1)
    matrix = np.array([[camera.fx, 0, camera.cx], [0, camera.fy, camera.cy], [0, 0, 1.0]])
    points = cv2.fisheye.distortPoints(rays.reshape(-1, 1, 2), matrix, np.array(camera.distortion))
    return np.asarray(points.reshape(size, size, 2), np.float32)


def supersampled(image: Gray, camera: CameraModel) -> NDArray[np.float64]:
    """The crop as the mean of 8 x 8 bilinear reads per pixel, in float."""
    x, y = np.moveaxis(sensor_grid(camera, SUPERSAMPLING * CROP_SIZE), -1, 0)
    values = image.astype(np.float32)
    fine = cv2.remap(values, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    blocks = np.asarray(fine, np.float64).reshape(CROP_SIZE, SUPERSAMPLING, CROP_SIZE, -1)
    mean: NDArray[np.float64] = blocks.mean((1, 3))
    return mean


@dataclass(frozen=True, slots=True)
class Peers:
    """OpenCV on one camera: the remap alone, and the whole chain with NumPy."""

    maps: tuple[NDArray[np.int16], NDArray[np.uint16]]
    block: tuple[int, int]
    """Box that averages about one footprint before the remap."""

    @classmethod
    def of(cls, camera: CameraModel) -> Peers:
        """With fixed-point maps, built once."""
        x, y = np.moveaxis(sensor_grid(camera, CROP_SIZE), -1, 0)
        maps = cv2.convertMaps(x, y, cv2.CV_16SC2)
        # An odd side: an even one would shift the image by half a pixel.
        side = int(min(camera.width, camera.height) / CROP_SIZE / 2) * 2 + 1
        return cls((np.asarray(maps[0], np.int16), np.asarray(maps[1], np.uint16)), (side, side))

    def remap(self, image: Gray, out: Gray) -> Gray:
        """The crop without antialiasing."""
        return np.asarray(cv2.remap(image, *self.maps, cv2.INTER_LINEAR, dst=out), np.uint8)

    def chain(self, image: Gray, out: Gray) -> NDArray[np.int8]:
        """Antialiased crop, local normalisation, codes."""
        gray = self.remap(np.asarray(cv2.blur(image, self.block), np.uint8), out)
        values = gray.astype(np.float32)
        box = (CONFIG.window_px, CONFIG.window_px)
        border = cv2.BORDER_REPLICATE
        mean = cv2.blur(values, box, borderType=border)
        power = cv2.sqrBoxFilter(values, cv2.CV_32F, box, borderType=border)
        spread = np.sqrt(np.maximum(power - mean * mean, 0)) + CONFIG.std_floor
        codes = np.rint((values - mean) / (spread * CONFIG.scale)) + CONFIG.zero_point
        return np.asarray(np.clip(codes, -128, 127), np.int8)


def _rms(difference: NDArray[np.float64]) -> float:
    return float(np.sqrt(np.mean(difference**2)))


def _gray_rows(width: int, height: int, *, seconds: float) -> Iterator[Row]:
    camera = _camera(width, height)
    ours, peers = Preprocessor(camera), Peers.of(camera)
    images = _sensor_images(width, height)
    out = np.zeros((CROP_SIZE, CROP_SIZE), np.uint8)
    gray, quant = ours.run(images[0])
    wanted = [supersampled(image, camera) for image in images]
    pairs = list(zip(images, wanted, strict=True))
    error = max(_rms(ours.run(image).gray - truth) for image, truth in pairs)
    peer_error = max(_rms(peers.remap(image, out) - truth) for image, truth in pairs)
    ns = medians_ns(
        {
            "ours": lambda: ours.run(images[0], out_gray=gray, out_quant=quant),
            "remap": lambda: peers.remap(images[0], out),
            "chain": lambda: peers.chain(images[0], out),
        },
        seconds=seconds,
    )
    for peer, name, most in (
        ("remap", "cv2.remap alone", 1.0),
        ("chain", "OpenCV + NumPy chain", MOST_OF_CHAIN),
    ):
        yield row(
            "preprocess gray8, gray RMS",
            f"{width}x{height}",
            ns=ns["ours"],
            peer=name,
            peer_ns=ns[peer],
            most=most,
            error=error,
            peer_error=peer_error if peer == "remap" else None,
            holds=error <= ERROR_LIMIT_GRAY,
        )


def _coloured(image: Gray, pixel_format: PixelFormat) -> Gray:
    """The same image as another format's bytes."""
    if pixel_format == "bgr8":
        return np.ascontiguousarray(np.stack(3 * [image], -1))
    if pixel_format == "yuyv":
        return np.ascontiguousarray(np.stack([image, np.full_like(image, 128)], -1))
    return np.concatenate([image, np.full_like(image[::2], 128)])


_TO_GRAY: Final = {
    "yuyv": cv2.COLOR_YUV2GRAY_YUYV,
    "nv12": cv2.COLOR_YUV2GRAY_NV12,
    "bgr8": cv2.COLOR_BGR2GRAY,
}


def _format_row(pixel_format: PixelFormat, *, seconds: float) -> Row:
    camera = _camera(400, 400)
    ours, peers = Preprocessor(camera), Peers.of(camera)
    image = _sensor_images(400, 400)[0]
    frame = _coloured(image, pixel_format)
    gray, quant = ours.run(frame, pixel_format=pixel_format)
    out = np.zeros_like(gray)

    def run_ours() -> object:
        return ours.run(frame, pixel_format=pixel_format, out_gray=gray, out_quant=quant)

    def run_peer() -> object:
        return peers.remap(np.asarray(cv2.cvtColor(frame, _TO_GRAY[pixel_format]), np.uint8), out)

    ns = medians_ns({"ours": run_ours, "peer": run_peer}, seconds=seconds / 2)
    difference = gray.astype(np.float64) - ours.run(image).gray
    return row(
        f"preprocess {pixel_format}, gray RMS from gray8",
        "400x400",
        ns=ns["ours"],
        peer="cvtColor + cv2.remap",
        peer_ns=ns["peer"],
        most=1.0,
        error=_rms(difference),
        holds=_rms(difference) <= ERROR_LIMIT_GRAY,
    )


def _codes_moved(gain: float) -> float:
    """How far a gain step moves the codes, RMS, where nothing in a pixel's window saturates."""
    worst = 0.0
    box = np.ones((CONFIG.window_px, CONFIG.window_px), np.uint8)
    ours = Preprocessor(_camera(400, 400))
    for image in _sensor_images(400, 400):
        before = ours.run(image)
        after = ours.run(np.clip(np.rint(image * gain), 0, 255).astype(np.uint8))
        is_held = np.asarray(cv2.dilate(after.gray, box)) < SATURATED_GRAY
        moved = after.quant.astype(np.float64) - before.quant
        worst = max(worst, _rms(moved[is_held]))
    return worst


def _gain_row(ns: float) -> Row:
    """Not against a peer but against the goal, which stands where a peer's error would."""
    return row(
        "preprocess, codes RMS moved by a gain of 0.7 or 1.3",
        "400x400",
        ns=ns,
        peer="(goal)",
        peer_ns=ns,
        most=1.0,
        error=max(_codes_moved(gain) for gain in (0.7, 1.3)),
        peer_error=CODES_LIMIT,
    )


def rows(*, seconds: float) -> Iterator[Row]:
    """Each sensor size in gray, each other format at 400 x 400, and a gain step."""
    found = [made for size in SIZES for made in _gray_rows(*size, seconds=seconds)]
    yield from found
    for pixel_format in FORMATS:
        yield _format_row(pixel_format, seconds=seconds)
    yield _gain_row(found[0].ns)
