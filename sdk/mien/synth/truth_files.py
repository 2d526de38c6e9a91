"""Writes what is known of each rendered frame beside `truth.csv`; see `TRUTH.md`."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Final

import numpy as np
from numpy.typing import NDArray

from mien.capture.video import GrayVideoWriter
from mien.synth.aperture import Aperture
from mien.synth.boxes import FaceBoxes
from mien.synth.expressions import EMOTIONS
from mien.synth.flow import FlowRenderer, Instant
from mien.synth.look import EyeLook
from mien.synth.mesh import FaceMesh, Posed
from mien.types import Rig

SCENE_COLUMNS: Final = (
    *("t_ns", "lid_aperture_left_mm", "lid_aperture_right_mm", "emotion", "emotion_intensity"),
    *("slip_x_mm", "slip_y_mm", "slip_z_mm", "slip_rx_rad", "slip_ry_rad", "slip_rz_rad"),
)
BOX_COLUMNS: Final = ("t_ns", "camera", "name", "x0_px", "y0_px", "x1_px", "y1_px")
SCENE_FILE: Final = "truth_scene.csv"
BOXES_FILE: Final = "truth_boxes.csv"
LABELS_FOLDER: Final = "truth_labels"
EXTRAS: Final = ("boxes", "labels")
"""What is written only when asked for: it costs time and space."""


class TruthWriter:
    """Writes one session's truth, frame by frame. A context manager."""

    def __init__(
        self,
        folder: Path,
        mesh: FaceMesh,
        rig: Rig,
        *,
        eye: EyeLook,
        extras: Sequence[str],
        fps: float,
    ) -> None:
        self._folder, self._rig, self._files = folder, rig, list[IO[str]]()
        self._aperture = Aperture(mesh)
        self._scene = self._table(SCENE_FILE, SCENE_COLUMNS)
        self._boxes = FaceBoxes(mesh, rig) if "boxes" in extras else None
        if self._boxes is not None:
            self._box_table = self._table(BOXES_FILE, BOX_COLUMNS)
        self._labels = FlowRenderer(mesh, rig, eye) if "labels" in extras else None
        self._videos: dict[str, GrayVideoWriter] = {}
        if self._labels is not None:
            (folder / LABELS_FOLDER).mkdir(parents=True)
            for name, camera in rig.items():
                path = folder / LABELS_FOLDER / f"{name}.mkv"
                self._videos[name] = GrayVideoWriter(
                    path, width=camera.width, height=camera.height, fps=fps
                )

    def __enter__(self) -> TruthWriter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for file in self._files:
            file.close()
        for video in self._videos.values():
            video.close()
        if self._labels is not None:
            self._labels.close()

    def add(
        self,
        t_ns: int,
        at: Instant,
        posed: Posed,
        *,
        slip: NDArray[np.float64],
        felt: tuple[int, float],
    ) -> None:
        """Append one instant.

        Args:
            t_ns: Its time.
            at: Values and where the head is.
            posed: The mesh at that instant.
            slip: Shape (6,), as in `slip.draw_slip`.
            felt: Code and intensity of the emotion.
        """
        opened = (f"{mm:.2f}" for mm in self._aperture.mm(posed))
        name, intensity = EMOTIONS[felt[0]], f"{felt[1]:.4g}"
        self._scene.writerow([t_ns, *opened, name, intensity, *(f"{v:.6g}" for v in slip)])
        if self._boxes is not None:
            for box in self._boxes.at(posed, at.headset_from_head):
                edges = (f"{edge:.1f}" for edge in box.xyxy_px)
                self._box_table.writerow([t_ns, box.camera, box.name, *edges])
        if self._labels is not None:
            for camera, codes in self._labels.labels(at, posed).items():
                self._videos[camera].add(codes)

    def _table(self, name: str, columns: Sequence[str]) -> Any:  # noqa: ANN401 - csv hides it
        file = (self._folder / name).open("w", newline="", encoding="utf-8")
        self._files.append(file)
        table = csv.writer(file, lineterminator="\n")
        table.writerow(columns)
        return table
