"""Faces made of noise: a texture pushed about by known units, slip, gain and sensor noise."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from mien import schema
from mien.capture.cues import Cue
from mien.capture.session_writer import SessionWriter
from mien.train.label_config import LabelConfig
from mien.train.label_flows import sample
from mien.train.label_tracks import CameraCrops
from mien.train.labeller import label_crops
from mien.train.labels import SOURCES
from mien.types import Frame, centred_camera

SIZE = 128
FPS = 30
NEUTRAL_S = 0.6
TAKE_S = 0.8
FACING = ((1.0, 0, 0, 0), (0, -1.0, 0, -65), (0, 0, -1.0, 70), (0, 0, 0, 1.0))
"""Pose of a camera in front of the mouth: right in the picture is the wearer's left."""
GRID_Y, GRID_X = np.mgrid[0:SIZE, 0:SIZE].astype(np.float32)


def bump(x_px, y_px, radius_px):
    return np.exp(-((GRID_X - x_px) ** 2 + (GRID_Y - y_px) ** 2) / (2 * radius_px**2))


def push(x_px, y_px, radius_px, *, by_px):
    return bump(x_px, y_px, radius_px)[..., None] * np.asarray(by_px, np.float32)


def pucker(x_px, y_px, radius_px, *, by_px):
    inward = np.stack([x_px - GRID_X, y_px - GRID_Y], axis=-1) / radius_px
    return bump(x_px, y_px, radius_px)[..., None] * inward * by_px


WAYS = {
    "eye_left": {
        "brow_lowerer_left": push(64, 28, 12, by_px=(2, 6)),
        "lid_closure_left": push(64, 74, 9, by_px=(0, 7)),
    },
    "mouth": {
        "lip_corner_puller_left": push(96, 70, 11, by_px=(4, -4)),
        "lip_corner_puller_right": push(32, 70, 11, by_px=(-4, -4)),
        "lip_pucker": pucker(64, 70, 14, by_px=6),
        "jaw_drop": push(64, 108, 14, by_px=(0, 9)),
    },
}
"""Displacement at full weight, shape (SIZE, SIZE, 2), pixels."""


@dataclass
class Play:
    """Cues in order: (name, largest weight); `blinks` are seconds of spontaneous ones."""

    takes: list[tuple[str, float]]
    slip_px: float = 3.0
    gain: float = 0.12
    noise: float = 1.5
    recoil: float = 0.0
    seed: int = 1
    blinks: list[float] = field(default_factory=list)
    cameras: tuple[str, ...] = tuple(WAYS)


def texture(seed):
    rng = np.random.default_rng(seed)
    frequency = np.hypot(*np.meshgrid(np.fft.fftfreq(SIZE), np.fft.fftfreq(SIZE)))
    total = np.zeros((SIZE, SIZE))
    for sigma_px in (1.2, 3.0, 8.0):
        white = np.fft.fft2(rng.normal(size=(SIZE, SIZE)))
        smooth = np.fft.ifft2(white * np.exp(-2 * (np.pi * frequency * sigma_px) ** 2)).real
        total += smooth / smooth.std()
    return (120 + 22 * total).astype(np.float32)


def cues_of(play):
    cues, now_s = [], 0.0

    def add(kind, length_s, name=""):
        nonlocal now_s
        start, now_s = now_s, now_s + length_s
        cues.append(Cue(round(start * 1e9), round(now_s * 1e9), kind, name))

    add("neutral", NEUTRAL_S)
    for name, _ in play.takes:
        add("take", TAKE_S, name)
        add("neutral", NEUTRAL_S)
    return cues


def truth_of(play, t_ns):
    """Shape (N, VALUE_COUNT): raised cosines inside the takes, short ones for blinks.

    With a recoil the skin ends each take on the other side of rest: below 0.
    """
    truth = np.zeros((len(t_ns), schema.VALUE_COUNT), np.float32)
    takes = [cue for cue in cues_of(play) if cue.kind == "take"]
    for cue, (name, top) in zip(takes, play.takes, strict=True):
        phase = np.clip((t_ns - cue.start_ns) / (cue.end_ns - cue.start_ns), 0, 1)
        unit = schema.UNIT_BY_NAME.get(name)
        for value in schema.value_names(unit) if unit else (name,):
            out = np.sin(np.pi * np.clip(phase / 0.75, 0, 1)) ** 2
            back = np.sin(np.pi * np.clip((phase - 0.75) / 0.25, 0, 1)) ** 2
            hump = out - play.recoil * back if play.recoil else np.sin(np.pi * phase) ** 2
            truth[:, schema.VALUE_INDEX[value]] += top * hump
    for at_s in play.blinks:
        shut = np.exp(-(((t_ns * 1e-9 - at_s) / 0.05) ** 2))
        column = truth[:, schema.VALUE_INDEX["lid_closure_left"]]
        np.maximum(column, shut, out=column)
    return truth


def slip_of(play, t_s):
    """Similarity (a, b, tx, ty) per frame, shape (N, 4)."""
    slow = [np.sin(0.9 * t_s + 0.3 + k) - np.sin(0.3 + k) for k in range(4)]
    return np.stack([0.006 * slow[0], 0.01 * slow[1], slow[2], slow[3]], 1) * play.slip_px / 2


def render(play, camera):
    t_ns = (np.arange(round(cues_of(play)[-1].end_ns * 1e-9 * FPS)) * 1e9 / FPS).astype(np.int64)
    face = texture(play.seed + len(camera))[..., None]
    truth, slips = truth_of(play, t_ns), slip_of(play, t_ns * 1e-9)
    rng = np.random.default_rng(play.seed)
    crops = np.empty((len(t_ns), SIZE, SIZE), np.uint8)
    for at in range(len(t_ns)):
        moved = moved_at(camera, truth[at], slips[at])
        x, y = GRID_X.copy(), GRID_Y.copy()
        for _ in range(4):
            there = sample(moved, x, y)
            x, y = GRID_X - there[..., 0], GRID_Y - there[..., 1]
        gain = 1 + play.gain * np.sin(2.1 * t_ns[at] * 1e-9)
        gray = sample(face, x, y)[..., 0] * gain + rng.normal(size=(SIZE, SIZE)) * play.noise
        crops[at] = np.clip(gray.round(), 0, 255)
    model = replace(centred_camera(SIZE, SIZE), headset_from_camera=FACING)
    return CameraCrops(model, t_ns, crops)


def moved_at(camera, truth, slip):
    total = np.zeros((SIZE, SIZE, 2), np.float32)
    for name, way in WAYS[camera].items():
        total += truth[schema.VALUE_INDEX[name]] * way
    x, y = GRID_X - SIZE / 2, GRID_Y - SIZE / 2
    a, b, tx, ty = slip
    total += np.stack([tx + a * x - b * y, ty + b * x + a * y], axis=-1).astype(np.float32)
    return total


class Stage:
    """Plays a play, keeps its pictures, labels them and scores the labels."""

    def __init__(self, play):
        self.play = play
        self.cues = cues_of(play)
        self.views = {camera: render(play, camera) for camera in play.cameras}
        self.t_ns = self.views["mouth"].t_ns
        self.truth = np.clip(truth_of(play, self.t_ns), 0, 1)

    def label(self, **settings):
        return label_crops("s", self.views, self.cues, config=LabelConfig(**settings))

    def measured(self, labelled, name):
        """(truth in shares of its largest, label) where the metric says something."""
        table = labelled.table.usable()
        index = schema.VALUE_INDEX[name]
        chosen = (table.name == index) & (table.source == SOURCES.index("metric"))
        truth = np.interp(table.t_ns[chosen], self.t_ns, self.truth[:, index])
        return truth / self.truth[:, index].max(), table.value[chosen]

    def errors(self, labelled):
        """Mean absolute error of each value that was measured."""
        pairs = {name: self.measured(labelled, name) for way in WAYS.values() for name in way}
        return {n: float(np.abs(t - got).mean()) for n, (t, got) in pairs.items() if len(t)}


ROM = Play(
    [
        ("brow_lowerer", 0.9),
        ("lip_corner_puller", 0.8),
        ("jaw_drop", 0.8),
        ("lid_closure", 1.0),
        ("lip_corner_puller_left", 1.0),
        ("lip_pucker", 0.9),
        ("brow_lowerer", 0.45),
        ("jaw_drop", 0.3),
    ],
    blinks=[3.0],
)
"""All units of the face of noise, two of them twice; a spontaneous blink during the smile."""


@pytest.fixture(scope="session")
def rom():
    return Stage(ROM)


@pytest.fixture(scope="session")
def make_stage():
    """`make_stage(takes, **play settings)`."""
    return lambda takes, **settings: Stage(Play(takes, **settings))


def write_stage(path, *, seed, cameras=("mouth",)):
    """A session folder of two takes; about a second to label."""
    stage = Stage(Play([("jaw_drop", 1.0), ("jaw_drop", 0.4)], seed=seed, cameras=cameras))
    rig = {camera: view.camera for camera, view in stage.views.items()}
    with SessionWriter(path, rig, meta={"wearer": path.name, "fps": float(FPS)}) as writer:
        for camera, view in stage.views.items():
            for t_ns, crop in zip(view.t_ns.tolist(), view.crops, strict=True):
                writer.add(Frame(camera, t_ns, crop))
        writer.write_cues(stage.cues)
    return path


@pytest.fixture(scope="session")
def stages(tmp_path_factory):
    """A folder of three sessions; read only."""
    folder = tmp_path_factory.mktemp("stages")
    for number in range(3):
        write_stage(folder / f"s{number}", seed=number + 1)
    return folder
