"""Enrols the wearers of samples with a network: the vectors that its emotion head is given (D5).

On a headset the vector comes from an earlier day. So here: a sample is shown the vector of its
wearer's other visits, and that of its own visit only where there is no other.

Shape suffixes: N samples, E enrolments, I vector.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from mien.config import PreprocessConfig
from mien.runtime.wearer_vector import VECTOR_SIZE, wearer_vector
from mien.train.augment import real_values
from mien.train.network import Encoder
from mien.train.samples import Samples

ENROLLED_CROPS: Final = 12
"""Crops of one camera that an enrolment takes, spread over the session."""
_BATCH: Final = 128


@dataclass(frozen=True, slots=True)
class Enrolments:
    """What one network says of each wearer's visits."""

    person_E: NDArray[np.int32]
    headset_E: NDArray[np.int32]
    session_E: NDArray[np.int32]
    vector_EI: NDArray[np.float32]
    """Of length 1."""


def enrolment_rows(part_N: NDArray[np.int32], person_N: NDArray[np.int32]) -> NDArray[np.intp]:
    """The samples to enrol with: some of each camera of each session of a known wearer."""
    chosen = []
    for part in np.unique(part_N[person_N >= 0]):
        rows = np.flatnonzero(part_N == part)
        places = np.linspace(0, len(rows) - 1, min(ENROLLED_CROPS, len(rows)))
        chosen.append(rows[places.astype(np.intp)])
    return np.concatenate(chosen) if chosen else np.empty(0, np.intp)


def identity_vectors(
    network: Encoder, samples: Samples, rows: NDArray[np.intp], *, preprocess: PreprocessConfig
) -> NDArray[np.float32]:
    """The vector of each of some samples, shape (len(rows), VECTOR_SIZE), of any length."""
    was_training = network.training
    network.eval()
    device = next(network.parameters()).device
    found = [np.empty((0, VECTOR_SIZE), np.float32)]
    with torch.inference_mode():
        for start in range(0, len(rows), _BATCH):
            x_BCHW = real_values(samples.pairs(rows[start : start + _BATCH]), preprocess)
            maps = network.maps(x_BCHW.contiguous(memory_format=torch.channels_last).to(device))
            found.append(network.heads["identity"](maps).float().cpu().numpy())
    network.train(was_training)
    return np.concatenate(found)


def enrol(network: Encoder, samples: Samples, preprocess: PreprocessConfig) -> Enrolments:
    """Enrol every known wearer on each of their visits, all cameras of the network's kind."""
    scene = samples.scene
    rows = enrolment_rows(samples.part, scene.person)
    vectors = identity_vectors(network, samples, rows, preprocess=preprocess)
    sessions, first, of_row = np.unique(scene.session[rows], return_index=True, return_inverse=True)
    made = [wearer_vector(vectors[of_row == number]) for number in range(len(sessions))]
    return Enrolments(
        person_E=scene.person[rows[first]],
        headset_E=scene.headset[rows[first]],
        session_E=sessions,
        vector_EI=np.stack(made) if made else np.empty((0, VECTOR_SIZE), np.float32),
    )


def cached_vectors(
    enrolments: Enrolments, person_N: NDArray[np.int32], session_N: NDArray[np.int32]
) -> NDArray[np.float32]:
    """What a headset would have cached of the wearer of each sample.

    Returns:
        Shape (N, VECTOR_SIZE), of length 1; zeros for a wearer who was not enrolled.
    """
    cached = np.zeros((len(person_N), VECTOR_SIZE), np.float32)
    for person, session in {*zip(person_N.tolist(), session_N.tolist(), strict=True)}:
        is_theirs = enrolments.person_E == person
        is_earlier = is_theirs & (enrolments.session_E != session)
        known = enrolments.vector_EI[is_earlier if is_earlier.any() else is_theirs]
        if person >= 0 and len(known):
            cached[(person_N == person) & (session_N == session)] = wearer_vector(known)
    return cached


def swapped_persons(enrolments: Enrolments, person_N: NDArray[np.int32]) -> NDArray[np.int32]:
    """Another wearer of the same headset in place of each; -1 where there is none.

    Everyone becomes the next one, so that each vector is used as often as before.
    """
    swapped = np.full(len(person_N), -1, np.int32)
    known = enrolments.headset_E[enrolments.headset_E >= 0]
    for headset in np.unique(known):
        group = np.unique(enrolments.person_E[enrolments.headset_E == headset])
        for person, other in zip(group, np.roll(group, 1), strict=True):
            if person != other:
                swapped[person_N == person] = other
    return swapped
