"""The tracker's step composed from OpenCV, NumPy and a float TFLite network, as one would first."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from bench.preprocess_rows import Peers
from mien import schema
from mien.config import CROP_SIZE
from mien.runtime.fusion import camera_weights, route
from mien.runtime.regions import reference_band, region_mask, regions_of
from mien.types import CameraModel, Gray8, Values

SCALE: Final = 1 / 32
SLIP_ROUNDS: Final = 5
ALPHA: Final = 0.5
"""Exponential smoothing stands for the One Euro filter: cheaper, so the peer is not wronged."""


def write_float_model(path: Path) -> None:
    """The shipped architecture in float; weights are random, they cost the same."""
    import litert_torch
    import torch

    from mien.train.graphs import EyeGraph, MouthGraph
    from mien.train.network import CHANNELS, make_network

    sample = torch.zeros(1, CROP_SIZE, CROP_SIZE, CHANNELS)
    converter: Any = litert_torch
    for kind, graph in (("eye", EyeGraph), ("mouth", MouthGraph)):
        network = copy.deepcopy(make_network(kind)).to(  # type: ignore[arg-type, call-overload]
            memory_format=torch.contiguous_format
        )
        one = graph(network).eval()
        converter = converter.signature(kind, one, sample_kwargs={f"{kind}_in": sample})
    converter.convert().export(str(path))


class PeerStep:
    """All cameras of one wearer."""

    def __init__(self, cameras: dict[str, CameraModel], model: Path) -> None:
        from ai_edge_litert.interpreter import Interpreter

        interpreter = Interpreter(model_path=str(model), num_threads=1)
        interpreter.allocate_tensors()
        self._runners = {kind: interpreter.get_signature_runner(kind) for kind in ("eye", "mouth")}
        self._peers = {name: Peers.of(camera) for name, camera in cameras.items()}
        self._flow = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST)
        self._crop = {name: np.zeros((CROP_SIZE, CROP_SIZE), np.uint8) for name in cameras}
        self._before: dict[str, Gray8] = {}
        self._neutral: dict[str, NDArray[np.int8]] = {}
        self._masks = {
            name: [region_mask(box) for box in regions_of(name).values()] for name in cameras
        }
        self._band = np.flatnonzero(reference_band())
        middle = (CROP_SIZE - 1) / 2
        y, x = (axis.ravel()[self._band] - middle for axis in np.mgrid[:CROP_SIZE, :CROP_SIZE])
        one, zero = np.ones_like(x), np.zeros_like(x)
        self._design = np.concatenate(
            [np.stack([one, zero, x, -y], 1), np.stack([zero, one, y, x], 1)]
        )
        self._weights = camera_weights({})
        self._last = np.zeros(self._weights.shape, np.float32)
        self._smooth = np.zeros(schema.VALUE_COUNT, np.float32)

    def step(self, name: str, gray: Gray8) -> Values:
        """One frame: preprocess, flow, slip and region motion, network, fusion, smoothing."""
        crop = self._crop[name]
        codes = self._peers[name].chain(gray, crop)
        if name in self._before:
            flow_px = np.zeros((CROP_SIZE, CROP_SIZE, 2), np.float32)
            self._flow.calc(self._before[name], crop, flow_px)
            self._motion(name, flow_px)
        self._before[name] = crop.copy()
        neutral = self._neutral.setdefault(name, codes)
        given = np.stack([codes, neutral], -1)[None].astype(np.float32) * np.float32(SCALE)
        kind = "mouth" if name == schema.MOUTH_CAMERA else "eye"
        (raw,) = self._runners[kind](**{f"{kind}_in": given}).values()
        way = route(name)
        self._last[schema.CAMERAS.index(name), way.column] = raw[0] * way.gain + way.offset
        fused = (self._weights * self._last).sum(0) / self._weights.sum(0)
        self._smooth += np.float32(ALPHA) * (fused - self._smooth)
        return self._smooth.copy()

    def _motion(self, name: str, flow_px: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        band = flow_px.reshape(-1, 2)[self._band].T.ravel()
        trust, slip = np.ones(len(band)), np.zeros(4)
        for _ in range(SLIP_ROUNDS):
            weighted = self._design * trust[:, None]
            slip = np.linalg.solve(weighted.T @ self._design, weighted.T @ band)
            trust = 1 / (1 + ((band - self._design @ slip) / 0.3) ** 2)
        rest = flow_px - slip[:2].astype(np.float32)
        return [rest[mask].mean(axis=0) for mask in self._masks[name]]
