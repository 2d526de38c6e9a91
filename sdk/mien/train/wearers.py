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
"""Crops of one camera that an enrolment takes, spread over its time."""
_BATCH: Final = 128


@dataclass(frozen=True, slots=True)
class Enrolments:
    """What one network says of each wearer's visits."""

    person_E: NDArray[np.int32]
    headset_E: NDArray[np.int32]
    session_E: NDArray[np.int32]
    stretch_E: NDArray[np.int32]
    """Which part of the session it was made of."""
    vector_EI: NDArray[np.float32]
    """Of length 1."""


def enrolment_rows(
    part_N: NDArray[np.int32], person_N: NDArray[np.int32], *, stretches: int = 1
) -> tuple[NDArray[np.intp], NDArray[np.int32]]:
    """The samples to enrol with: some of each camera of each session of a known wearer.

    Args:
        part_N: Camera and session of each sample; the samples of one are in order of time.
        person_N: Whose they are; -1 unknown.
        stretches: Into how many enrolments, one after the other, a session is divided.

    Returns:
        Their numbers, and the stretch that each is in.
    """
    rows, numbers = [np.empty(0, np.intp)], [np.empty(0, np.int32)]
    for part in np.unique(part_N[person_N >= 0]):
        for number, inside in enumerate(np.array_split(np.flatnonzero(part_N == part), stretches)):
            places = np.linspace(0, len(inside) - 1, min(ENROLLED_CROPS, len(inside)))
            rows.append(inside[places.astype(np.intp)])
            numbers.append(np.full(len(places), number, np.int32))
    return np.concatenate(rows), np.concatenate(numbers)


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


def enrol(
    network: Encoder, samples: Samples, preprocess: PreprocessConfig, *, stretches: int = 1
) -> Enrolments:
    """Enrol every known wearer on each of their visits, all cameras of the network's kind."""
    scene = samples.scene
    rows, stretch = enrolment_rows(samples.part, scene.person, stretches=stretches)
    vectors = identity_vectors(network, samples, rows, preprocess=preprocess)
    key = np.stack([scene.session[rows], stretch], axis=1)
    keys, first, of_row = np.unique(key, axis=0, return_index=True, return_inverse=True)
    made = [wearer_vector(vectors[of_row.ravel() == number]) for number in range(len(keys))]
    return Enrolments(
        person_E=scene.person[rows[first]],
        headset_E=scene.headset[rows[first]],
        session_E=keys[:, 0],
        stretch_E=keys[:, 1],
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
