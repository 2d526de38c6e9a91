"""Settings of the trainer: what to learn from, for how long, and how hard to make it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from mien.config import PreprocessConfig, require
from mien.errors import ConfigError
from mien.train.task_weights.config import TaskConfig

TRUTH = "truth"
"""In place of a label file: learn from the sessions' own `truth.csv`."""

DEVICES: Final = ("auto", "cpu", "cuda")
KEEPS: Final = ("best", "last")
PRECISIONS: Final = ("auto", "float32", "bfloat16")


def _require_one_of(what: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise ConfigError(f"{what}: expected one of {', '.join(known)}, got {value}")


def default_cache() -> Path:
    """Where crops are kept between runs, outside any repository."""
    return Path.home() / ".cache" / "mien"


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleConfig:
    """Which frames of a session become samples."""

    fps: float = 8.0
    """Frames taken per second of session, 0.1..1000; every frame if the camera is slower."""
    fast_share: float = 0.35
    """Frames of fast motion (blinks) that are taken besides, as a share of the others, 0..2."""
    preprocess: PreprocessConfig = PreprocessConfig()
    """How crops are made; the model file carries it, and the headset does the same."""

    def __post_init__(self) -> None:
        require("fps", self.fps, 0.1, 1000)
        require("fast_share", self.fast_share, 0, 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadConfig:
    """How samples are read where nothing is trained."""

    cache: Path | None = None
    """Folder of the crop cache; None: `default_cache()`."""
    threads: int = 2
    """CPU threads that decode, 1..256."""
    samples: SampleConfig = SampleConfig()

    def __post_init__(self) -> None:
        require("threads", self.threads, 1, 256)

    def cropped_as(self, preprocess: PreprocessConfig) -> LoadConfig:
        """The same with the crops that a model was made for."""
        return replace(self, samples=replace(self.samples, preprocess=preprocess))


@dataclass(frozen=True, slots=True, kw_only=True)
class AugmentConfig:
    """How far a crop is changed before the network sees it; 0 turns a change off."""

    shift: float = 0.08
    """Largest shift, share of the crop's side, 0..0.5: the headset sits otherwise."""
    zoom: float = 0.30
    """Largest change of size, natural logarithm, 0..1: 0.30 is 0.74..1.35: rigs differ."""
    rotation_deg: float = 12.0
    """Largest turn, degrees, 0..90."""
    shear: float = 0.10
    """Largest shear and change of aspect, 0..0.5."""
    bend: float = 0.0
    """Deviation of a smooth displacement, share of the side, 0..0.04, crop and neutral alike: the
    same expression on another face. More would fold it. What is drawn on the pixels (B4, C) is
    not bent with them."""
    contrast: float = 0.45
    """Largest change of contrast, natural logarithm, 0..2."""
    shading: float = 0.5
    """Deviation of a smooth change of brightness, real input units, 0..4."""
    blur: float = 1.0
    """Largest share of a box blur that is mixed in, 0..1; a third of it as sharpening."""
    noise: float = 0.30
    """Largest deviation of white noise, real input units, 0..4."""
    spots: float = 0.5
    """Chance of a bright or dark spot (glint, dust), 0..1; two are tried."""
    slip: float = 0.012
    """Deviation of the shift between a crop and its neutral, share of the side, 0..0.5."""
    drop_neutral: float = 0.1
    """Chance that the neutral is left out, 0..1: a new wearer has none yet."""

    def __post_init__(self) -> None:
        limits = {"shift": 0.5, "zoom": 1, "rotation_deg": 90, "shear": 0.5, "contrast": 2}
        limits |= {"shading": 4, "blur": 1, "noise": 4, "spots": 1, "slip": 0.5}
        limits |= {"drop_neutral": 1, "bend": 0.04}
        for name, high in limits.items():
            require(name, getattr(self, name), 0, high)


NO_AUGMENT = AugmentConfig(
    shift=0, zoom=0, rotation_deg=0, shear=0, contrast=0, shading=0, blur=0, noise=0, spots=0,
    slip=0, drop_neutral=0, bend=0,
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class OcclusionConfig:
    """How much of what the network learns from is covered (E1, E2, E4)."""

    share: float = 0.5
    """Samples that are covered in an epoch, 0..1; every sample gets its turn. Half is the equal
    mix that E2 asks for, 0 trains on clean images alone."""
    smallest: float = 0.02
    """Smallest covered area, share of the crop, 0.005..0.6."""
    largest: float = 0.40
    """Largest covered area, share of the crop, 0.005..0.6."""
    verification_share: float = 0.0
    """Share of the training wearers kept back to verify on, 0..0.5: 0.5 splits the mix in two
    equal halves as E2 says; with 0 the validation sessions verify and all others train."""

    def __post_init__(self) -> None:
        require("share", self.share, 0, 1)
        require("smallest", self.smallest, 0.005, 0.6)
        require("largest", self.largest, self.smallest, 0.6)
        require("verification_share", self.verification_share, 0, 0.5)


NO_OCCLUSION = OcclusionConfig(share=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class QuantisationConfig:
    """Whether the network learns to be rounded to int8."""

    aware_epochs: int = 0
    """Last epochs in which it computes as int8 will, 0..10000; see `mien.train.rounding`. Rounding
    a finished network costs so little that there was nothing to be gained yet."""

    def __post_init__(self) -> None:
        require("aware_epochs", self.aware_epochs, 0, 10_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainConfig:
    """One training run. The same settings and data give the same model on the same machine."""

    sessions: tuple[Path, ...]
    """Session folders to learn from."""
    validation_sessions: tuple[Path, ...]
    """Session folders of other wearers; they choose the epoch and give the metrics."""
    scenes: tuple[Path, ...] = ()
    """Rendered sessions that teach all but the units: who it is, what is felt, what each pixel
    shows (the recipe `faces`)."""
    validation_scenes: tuple[Path, ...] = ()
    """The same of other wearers; they tell how well that is learnt."""
    out: Path
    """Folder of the run; a run that stopped in it goes on where it was."""
    labels: str = TRUTH
    """Parquet file of `mien label`, or `truth`."""
    start: str = ""
    """Run, or its `model.pt`, whose weights this one begins with; empty: random weights."""
    validation_labels: str = ""
    """The same for the validation sessions; empty: as `labels`."""
    epochs: int = 10
    """Passes over the samples, 1..10000; the learning rate falls to 0 over them."""
    batch: int = 64
    """Samples per step, 2..4096."""
    learning_rate: float = 2e-3
    """Peak step of AdamW, 1e-6..1."""
    weight_decay: float = 0.02
    """Of AdamW, 0..1."""
    activation_weight: float = 3.0
    """How much more a full activation counts than a neutral one, 0..100: most frames are
    neutral, and an average of all would learn to say so."""
    ema_decay: float = 0.995
    """Weight of the past in the averaged network that is validated and exported, 0..0.99999."""
    seed: int = 0
    """Of everything drawn at random, 0..2^31-1."""
    width: float = 1.0
    """Channels, relative to the default network, 0.25..4."""
    threads: int = 2
    """CPU threads, 1..256; from two on, both networks train at once."""
    device: str = "auto"
    """`cpu`, `cuda` or `auto`: CUDA where there is one."""
    precision: str = "auto"
    """`float32`, `bfloat16` (weights stay float32) or `auto`: bfloat16 on a GPU that has it. On a
    CPU with avx512_bf16 or amx it saves about a quarter, on others it is much slower."""
    parts: int = 4
    """Parts in which a batch is drawn, 1..256. One part is the work of one process of `torchrun`,
    so no more than so many can share a batch; the result is the same for any number."""
    keep: str = "best"
    """`best`: each network as after the epoch of the least validation loss. `last`: as after the
    last one, where so few wearers validate that the loss of an epoch says little."""
    patience: int = 0
    """Epochs without a better validation loss after which a network stops, 0..10000; 0: never."""
    max_minutes: float = 0.0
    """Stop after the epoch in which this is reached; 0: no limit."""
    save_minutes: float = 5.0
    """Save within an epoch when so long has passed since the last time, 0..1e6; 0: every step."""
    tensorboard: bool = False
    """Also write the curves for TensorBoard, into `tensorboard` in the folder of the run."""
    shuffle_labels: bool = False
    """Control: labels are dealt to the wrong frames, and the score must fall to nothing."""
    cache: Path | None = None
    """Folder of the crop cache; None: `default_cache()`."""
    samples: SampleConfig = SampleConfig()
    augment: AugmentConfig = AugmentConfig()
    occlusion: OcclusionConfig = OcclusionConfig()
    quantisation: QuantisationConfig = QuantisationConfig()
    tasks: TaskConfig = TaskConfig()

    def __post_init__(self) -> None:
        require("epochs", self.epochs, 1, 10_000)
        require("batch", self.batch, 2, 4096)
        require("learning_rate", self.learning_rate, 1e-6, 1)
        require("weight_decay", self.weight_decay, 0, 1)
        require("activation_weight", self.activation_weight, 0, 100)
        require("ema_decay", self.ema_decay, 0, 0.99999)
        require("seed", self.seed, 0, 2**31 - 1)
        require("width", self.width, 0.25, 4)
        require("threads", self.threads, 1, 256)
        require("parts", self.parts, 1, min(256, self.batch))
        require("patience", self.patience, 0, 10_000)
        require("max_minutes", self.max_minutes, 0, 1e6)
        require("save_minutes", self.save_minutes, 0, 1e6)
        _require_one_of("keep", self.keep, KEEPS)
        _require_one_of("device", self.device, DEVICES)
        _require_one_of("precision", self.precision, PRECISIONS)
        shared = {p.resolve() for p in self.sessions} & {
            p.resolve() for p in self.validation_sessions
        }
        for what, holds, got in (
            ("sessions: expected at least one", bool(self.sessions), self.sessions),
            (
                "validation_sessions: expected at least one",
                bool(self.validation_sessions),
                self.validation_sessions,
            ),
            ("validation_sessions: expected none of sessions", not shared, sorted(shared)),
        ):
            if not holds:
                raise ConfigError(f"{what}, got {got}")
