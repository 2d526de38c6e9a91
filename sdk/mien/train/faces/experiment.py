"""One split, from identity to the merged network, and what it is compared with (D1 to D4, D6).

1. Identity: classification of people. They are those of `--identities`, a tenth of them kept
   back; without it, the subjects of the training parts of CK+, and for FER+ all of CK+.
2. Expression: the sub-network learns alone.
3. Baseline: the trained expression sub-network with new layers goes on learning.
4. Joint: both sub-networks with new layers learn from expressions only, for as many epochs as
   the baseline; but for the identity branch the two are alike.
5. The joint network is asked again with the vector of another person's picture in place of its
   own; if that changes nothing, identity was not used.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor

from mien.train.faces.config import FacesConfig
from mien.train.faces.faces import Faces, Portraits, Rows, Split
from mien.train.faces.learning import (
    Counter,
    Lesson,
    Pace,
    drawn_from,
    features,
    learn,
    predict,
)
from mien.train.faces.networks import (
    Classifier,
    IdentityNetwork,
    MergedNetwork,
    ResidualNetwork,
    SmallNetwork,
    make_expression_network,
)
from mien.train.faces.pairs import verify_identity
from mien.types import Gray8

BASELINE: Final = "emotion only"
JOINT: Final = "joint"
SWAPPED: Final = "another's vector"
OWN_NEUTRAL: Final = "own neutral's vector"
OTHER_NEUTRAL: Final = "another's neutral vector"
_IDENTITY, _EXPRESSION, _BASELINE, _JOINT, _SWAP = range(5)
"""Parts of the key of all chance, one per step."""


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """Who identity is learned from, and who verifies it; nobody is both."""

    source: str
    """Such as `CK+ subjects of the training folds`."""
    train: Portraits
    kept_back: Portraits


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """A trained identity sub-network."""

    weights: Mapping[str, Tensor]
    told: Mapping[str, Any]
    """Source, people, pictures and verification, for the page."""


def learn_identity(
    people: People, config: FacesConfig, *, seed: int, device: torch.device, on_epoch: Counter
) -> Identity:
    """Train the identity sub-network on people, and verify it on those kept back (D1)."""
    names, classes = np.unique(people.train.people, return_inverse=True)
    with drawn_from(seed):
        body = IdentityNetwork(side_px=config.side_px, width=config.width)
        network = Classifier(body, features=body.features, classes=len(names)).to(device)
    lesson = Lesson(pictures=people.train.pictures, targets=classes.astype(np.intp))
    pace = _pace(config, config.identity_epochs)
    learn(network, lesson, pace, key=(seed, _IDENTITY), on_epoch=on_epoch)
    vectors = features(body, people.kept_back.pictures)
    verified = verify_identity(vectors, people.kept_back, seed=seed)
    return Identity(
        weights={name: value.cpu() for name, value in body.state_dict().items()},
        told={
            "source": people.source,
            "people": len(names),
            "pictures": len(people.train),
            "verification": None if verified is None else asdict(verified),
        },
    )


def run_split(
    split: Split,
    identity: Identity,
    config: FacesConfig,
    *,
    seed: int,
    device: torch.device,
    on_epoch: Counter,
) -> dict[str, Any]:
    """Train the baseline and the joint network on a split, and judge both.

    Args:
        split: What to learn from and what to judge on.
        identity: From `learn_identity`.
        config: How to learn.
        seed: Of all chance.
        device: Where to compute.
        on_epoch: Told of each epoch, `split_epochs` times.

    Returns:
        Plain values: confusions by what was asked, counts, which network was kept.
    """
    train = split.train.shuffled(seed) if config.shuffle_labels else split.train
    split = replace(split, train=train)
    kind = config.network_for(len(train))
    with drawn_from(seed):
        expression = make_expression_network(kind, side_px=config.side_px, width=config.width)
        alone = Classifier(
            expression, features=expression.features, classes=len(train.expressions)
        ).to(device)
    pace = _pace(config, config.expression_epochs)
    learn(alone, _lesson(split), pace, key=(seed, _EXPRESSION), on_epoch=on_epoch)
    merged = {}
    epochs = {}
    for name, step in ((BASELINE, _BASELINE), (JOINT, _JOINT)):
        network = _merged(
            expression, identity if name == JOINT else None, split, config=config, seed=seed
        )
        epochs[name] = _learn_merged(
            network.to(device), split, config, key=(seed, step), on_epoch=on_epoch
        )
        merged[name] = network
    said = _answers(merged, split.test, seed=seed)
    return {
        "split": split.name,
        "seed": seed,
        "network": kind,
        "expressions": list(train.expressions),
        "train": len(train),
        "test": len(split.test),
        "people": len(np.unique(split.test.people)) if split.test.people[0] else None,
        "identity": dict(identity.told),
        "epochs": epochs,
        "confusion": {
            name: confusion(split.test.truth[rows], found[rows], len(train.expressions))
            for name, (found, rows) in said.items()
        },
        "only_right": _only_right(said, split.test.truth),
        "action_units": _by_unit(said, split.test),
    }


def split_epochs(config: FacesConfig) -> int:
    """How many epochs `run_split` goes through."""
    return config.expression_epochs + 2 * config.joint_epochs


def _pace(config: FacesConfig, epochs: int) -> Pace:
    return Pace(
        epochs=epochs,
        batch=config.batch,
        learning_rate=config.learning_rate,
        weight_decay=config.weight_decay,
    )


def _lesson(split: Split) -> Lesson:
    check = split.validation
    return Lesson(
        pictures=split.train.pictures,
        targets=split.train.targets,
        check=None if check is None else (check.pictures, check.truth),
    )


def _merged(
    expression: SmallNetwork | ResidualNetwork,
    identity: Identity | None,
    split: Split,
    *,
    config: FacesConfig,
    seed: int,
) -> MergedNetwork:
    """Copies of the trained parts under new layers."""
    whose = None
    if identity is not None:
        whose = IdentityNetwork(side_px=config.side_px, width=config.width)
        whose.load_state_dict(dict(identity.weights))
    with drawn_from(seed):
        return MergedNetwork(
            copy.deepcopy(expression),
            whose,
            hidden=config.hidden,
            classes=len(split.train.expressions),
        )


def _learn_merged(
    network: MergedNetwork,
    split: Split,
    config: FacesConfig,
    *,
    key: tuple[int, ...],
    on_epoch: Counter,
) -> int:
    parts = (network.expression, network.identity)
    pace = replace(
        _pace(config, config.joint_epochs),
        kept=tuple(part for part in parts if part is not None),
        kept_rate=config.kept_rate,
    )
    return learn(network, _lesson(split), pace, key=key, on_epoch=on_epoch)


def _answers(
    merged: Mapping[str, MergedNetwork], test: Faces, *, seed: int
) -> dict[str, tuple[Rows, Rows]]:
    """What is said of the test pictures, and of which rows of them it may be asked."""
    every = np.arange(len(test))
    said = {name: (predict(network, test.pictures), every) for name, network in merged.items()}
    for name, vectors_of in _vector_rows(test, seed=seed).items():
        rows = np.flatnonzero(vectors_of >= 0)
        if len(rows):
            whose: Gray8 = test.pictures[vectors_of]
            said[name] = (predict(merged[JOINT], test.pictures, whose=whose), rows)
    return said


def _vector_rows(test: Faces, *, seed: int) -> dict[str, Rows]:
    """For each test picture, the row whose identity is swapped in; -1 where there is none."""
    rng = np.random.default_rng((seed, _SWAP))
    nobody = not test.people[0]
    neutral = test.is_neutral
    rows: dict[str, list[int]] = {name: [] for name in (SWAPPED, OWN_NEUTRAL, OTHER_NEUTRAL)}
    for number in range(len(test)):
        # Nobody knows who is on FER+: another picture is almost always another person.
        is_own = np.arange(len(test)) == number if nobody else test.people == test.people[number]
        for name, fits in (
            (SWAPPED, ~is_own),
            (OWN_NEUTRAL, is_own & neutral & ~nobody),
            (OTHER_NEUTRAL, ~is_own & neutral & ~nobody),
        ):
            found = np.flatnonzero(fits)
            rows[name].append(int(rng.choice(found)) if len(found) else -1)
    return {name: np.array(found, np.intp) for name, found in rows.items()}


def confusion(truth: Rows, found: Rows, classes: int) -> list[list[int]]:
    """How often each class (row) was taken for each class (column)."""
    counts = np.bincount(truth * classes + found, minlength=classes * classes)
    table: list[list[int]] = counts.reshape(classes, classes).tolist()
    return table


def _only_right(said: Mapping[str, tuple[Rows, Rows]], truth: Rows) -> dict[str, list[int]]:
    """Pictures that only the other, and that only the joint network gets right, by the other."""
    joint = said[JOINT][0] == truth
    told = {}
    for name, (found, rows) in said.items():
        other = (found == truth)[rows]
        told[name] = [int((other & ~joint[rows]).sum()), int((joint[rows] & ~other).sum())]
    return told


def _by_unit(said: Mapping[str, tuple[Rows, Rows]], test: Faces) -> dict[str, dict[str, int]]:
    """For each action unit, how many pictures show it and how many of them are told right."""
    right = {name: said[name][0] == test.truth for name in (BASELINE, JOINT)}
    return {
        str(unit): {
            "pictures": int(shown.sum()),
            **{name: int(found[shown].sum()) for name, found in right.items()},
        }
        for unit, shown in enumerate(test.action_units.T)
        if shown.any()
    }
