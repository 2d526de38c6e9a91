"""Settings of the study on published faces: frozen values, each with its unit and range."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, TypeAlias

from mien.config import require
from mien.errors import ConfigError
from mien.train.config import DEVICES
from mien.train.faces.networks import ExpressionKind
from mien.train.faces.votes import VOTINGS, Voting

NetworkChoice: TypeAlias = Literal["auto", "small", "resnet18"]
NETWORKS: Final[tuple[NetworkChoice, ...]] = ("auto", "small", "resnet18")
MANY_PICTURES: Final = 5000
"""From so many training pictures on, `auto` takes the larger expression network."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FacesConfig:
    """What is compared on CK+ and FER+, and how the networks learn.

    Of these only the 160 values of identity and the two sizes of the expression network are the
    paper's; the others are ours.
    """

    out: Path
    """Folder of the results; what is finished in it is kept."""
    ckplus: Path | None = None
    """Folder of CK+."""
    ferplus: Path | None = None
    """`fer2013new.csv` or its folder."""
    fer2013: Path | None = None
    """`fer2013.csv`."""
    identities: Path | None = None
    """Folder of people to learn identity from; None: those of CK+, see `experiment`."""
    has_neutral: bool = True
    """The first frames of CK+ sequences are an eighth class; False: seven classes."""
    folds: int = 10
    """Parts of CK+, 2..100."""
    votes: Voting = "majority"
    """What the training pictures of FER+ are learned as."""
    network: NetworkChoice = "auto"
    """Expression sub-network; `auto` goes by the number of training pictures."""
    side_px: int = 48
    """Side of the faces, pixels, 32..128; FER+ comes with 48."""
    width: float = 1.0
    """Channels, relative to the published networks, 0.1..4."""
    hidden: int = 256
    """Width of the new fully connected layer, 8..4096."""
    identity_epochs: int = 30
    """Passes over the people's pictures, 1..1000."""
    expression_epochs: int = 40
    """Passes of the expression sub-network alone, 1..1000."""
    joint_epochs: int = 20
    """Passes of the merged network, and as many of the baseline, 1..1000."""
    batch: int = 64
    """Pictures per step, 4..4096."""
    learning_rate: float = 1e-3
    """Peak step of AdamW, 1e-6..1."""
    kept_rate: float = 0.3
    """Step of the sub-networks in joint learning, share of the new layers' one, 0..1."""
    weight_decay: float = 0.02
    """Of AdamW, 0..1."""
    kept_back: float = 0.1
    """Share of the people kept back to verify identity on, 0..0.5."""
    seed: int = 0
    """Of everything drawn at random, 0..2^31-1."""
    seeds: int = 1
    """How many seeds, from `seed` on, 1..100."""
    device: str = "auto"
    """`cpu`, `cuda` or `auto`: CUDA where there is one."""
    shuffle_labels: bool = False
    """Control: the training expressions are dealt to the wrong pictures."""

    def __post_init__(self) -> None:
        require("folds", self.folds, 2, 100)
        require("side_px", self.side_px, 32, 128)
        require("width", self.width, 0.1, 4)
        require("hidden", self.hidden, 8, 4096)
        for name in ("identity_epochs", "expression_epochs", "joint_epochs"):
            require(name, getattr(self, name), 1, 1000)
        require("batch", self.batch, 4, 4096)
        require("learning_rate", self.learning_rate, 1e-6, 1)
        require("kept_rate", self.kept_rate, 0, 1)
        require("weight_decay", self.weight_decay, 0, 1)
        require("kept_back", self.kept_back, 0, 0.5)
        require("seed", self.seed, 0, 2**31 - 1)
        require("seeds", self.seeds, 1, 100)
        for name, allowed in (("votes", VOTINGS), ("network", NETWORKS), ("device", DEVICES)):
            if getattr(self, name) not in allowed:
                raise ConfigError(
                    f"{name}: expected one of {', '.join(allowed)}, got {getattr(self, name)!r}"
                )
        self._check_data()

    def _check_data(self) -> None:
        if self.ckplus is None and self.ferplus is None:
            raise ConfigError(
                "faces: expected CK+ or FER+, got neither; give --ckplus or --ferplus"
            )
        if (self.ferplus is None) != (self.fer2013 is None):
            raise ConfigError(
                "ferplus: expected both the votes and the pictures, got one of them; "
                "give --ferplus and --fer2013"
            )
        if self.ckplus is None and self.identities is None:
            raise ConfigError(
                "identities: expected people for FER+, which names none; "
                "give --identities, or --ckplus to take its subjects"
            )

    def network_for(self, pictures: int) -> ExpressionKind:
        """The expression sub-network for so many training pictures (D2)."""
        if self.network == "auto":
            return "resnet18" if pictures >= MANY_PICTURES else "small"
        return self.network
