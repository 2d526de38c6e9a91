"""Units that move together: spontaneous stretches, read with what the cued takes taught (A4, A7).

In a take one unit moves and its template alone is fitted. Elsewhere several move at once, their
templates overlap, and no region is known to be still. So all templates of a camera are fitted to
a frame together, together with the similarity of a slipping headset and, around an eye, with the
way the skin follows gaze and lids:

    min  sum_x w(x) |d(x) - sum_k a_k T_k(x)|^2 + sum_k (ridge_k a_k^2 + lasso_k a_k),   a_k >= 0

d is the displacement that still contains the slip, T_k the template at the session's largest
take, so that a_k is already a share of it. Slip, gaze and lids have either sign and no penalty.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from mien.train.label_rules import values_of
from mien.train.label_segments import Segment
from mien.train.label_tracks import Track
from mien.train.metric import Template
from mien.train.regions import without_slip
from mien.train.takes import Curve
from mien.types import Mask

Fields: TypeAlias = NDArray[np.float64]
"""Shape (k, 2 h w): displacements of the grid, flat."""

NOISE_PX: Final = 0.3
"""What a displacement is off by; sets how much the penalties count."""
RIDGE: Final = 0.05
LASSO: Final = 0.01
"""Times the root of how loudly a unit speaks. Chosen on three rendered train sessions: mean r of
spontaneous stretches 0.73 in the mouth and 0.69 around the eyes; 0.49 and 0.63 with penalties that
do not know how small a unit's region is, 0.45 and 0.63 in proportion to it."""
REFERENCE_WEIGHT: Final = 1.0
"""Of points that only slip moves, where the point that says most about a unit has 1."""
SWEEPS: Final = 80
SETTLED: Final = 1e-5
"""A sweep that changes no share by more is the last."""
NUISANCE_FRAMES: Final = 200


@dataclass(frozen=True, slots=True)
class MixtureCurve:
    """One value in one camera over one spontaneous stretch."""

    name: str
    camera: str
    segment: Segment
    t_ns: NDArray[np.int64]
    share: Curve
    """1 = the session's largest take, shape (n,), >= 0."""
    spread: Curve
    """Standard deviation of `share` as the misfit of the frame tells it, shape (n,)."""


@dataclass(frozen=True, slots=True)
class Mixer:
    """All ways in which the picture of one camera moves."""

    names: tuple[str, ...]
    ways: Fields
    """The units' first, in the order of `names`, at the session's largest take, pixels."""
    weight: NDArray[np.float64]
    """How much a point counts, shape (h, w)."""

    def read(self, track: Track) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Shares and their spreads over a track, shape (n, units)."""
        moved = track.moved_px.reshape(len(track.moved_px), -1).astype(np.float64)
        trust = np.repeat((self.weight * track.trust.mean(axis=0)).ravel(), 2)
        trust /= max(float(trust.sum()), 1e-12)
        is_unit = np.arange(len(self.ways)) < len(self.names)
        heard = self.ways * trust
        gram = np.einsum("kp,lp->kl", heard, self.ways) / NOISE_PX**2
        along = np.einsum("kp,np->kn", heard, moved) / NOISE_PX**2
        loud = np.diag(gram)
        scale = np.sqrt(loud * np.median(loud[is_unit])) * is_unit
        held = gram + np.diag(RIDGE * scale + 1e-6)
        amount = _descend(held, along - LASSO * scale[:, None], is_unit).T
        left = moved - np.einsum("nk,kp->np", amount, self.ways)
        misfit_px = np.sqrt(np.einsum("np,p->n", left**2, trust))
        unsure = np.sqrt(np.diag(np.linalg.inv(held)))
        spread = misfit_px[:, None] / NOISE_PX * unsure
        units = slice(len(self.names))
        return amount[:, units], spread[:, units]


def read_mixtures(
    camera: str,
    t_ns: NDArray[np.int64],
    tracks: Sequence[Track],
    *,
    templates: Mapping[str, Template],
    largest_px: Mapping[str, float],
    reference: Mask,
) -> tuple[MixtureCurve, ...]:
    """All values over all spontaneous stretches of one camera.

    Args:
        camera: Its name.
        t_ns: Capture times of all its frames, shape (N,).
        tracks: One per segment; those of gaze and lid cues teach what the skin does with them.
        templates: Value name -> its template.
        largest_px: Value name -> its largest accepted take, crop pixels; others are left out.
        reference: Points that most takes leave still, shape (h, w).
    """
    names = tuple(name for name in templates if name in largest_px)
    if not names:
        return ()
    mixer = learn_mixer(names, tracks, templates, largest_px=largest_px, reference=reference)
    found = []
    for track in tracks:
        part = track.segment
        told = names if _is_spontaneous(track) else _asked(part, names)
        if not told:
            continue
        share, spread = mixer.read(track)
        times = t_ns[part.first : part.last]
        found += [
            MixtureCurve(name, camera, part, times, share[:, at], spread[:, at])
            for at, name in enumerate(names)
            if name in told
        ]
    return tuple(found)


def learn_mixer(
    names: tuple[str, ...],
    tracks: Sequence[Track],
    templates: Mapping[str, Template],
    *,
    largest_px: Mapping[str, float],
    reference: Mask,
) -> Mixer:
    """Put the ways of one camera together; arguments as of `read_mixtures`."""
    own = [templates[name] for name in names]
    ways = [np.float64(largest_px[name]) * templates[name].direction for name in names]
    heard = [one.weight / max(float(one.weight.max()), 1e-9) for one in own]
    weight = np.max(heard, axis=0) + REFERENCE_WEIGHT * reference
    others = [*_similarities(reference.shape), *_nuisances(tracks, reference)]
    flat = np.stack([np.asarray(way, np.float64).ravel() for way in (*ways, *others)])
    return Mixer(names, flat, weight.astype(np.float64))


def _asked(part: Segment, names: tuple[str, ...]) -> frozenset[str]:
    return frozenset(values_of(part.take) if part.take else ()) & frozenset(names)


def _is_spontaneous(track: Track) -> bool:
    return track.segment.cues[0].kind == "spontaneous"


def _similarities(shape: tuple[int, ...]) -> list[NDArray[np.float64]]:
    """What a slip of the headset can do to the picture: scale, turn, shift."""
    rows, columns = np.indices(shape)
    y = 2 * rows / max(shape[0] - 1, 1) - 1
    x = 2 * columns / max(shape[1] - 1, 1) - 1
    one, none = np.ones(shape), np.zeros(shape)
    pairs = ((x, y), (-y, x), (one, none), (none, one))
    return [np.stack(pair, axis=-1) for pair in pairs]


def _nuisances(tracks: Sequence[Track], reference: Mask) -> list[NDArray[np.float64]]:
    """What the skin does with gaze, and with closing lids: the first principal way of each."""
    gaze = [track for track in tracks if track.segment.cues[0].kind == "gaze"]
    lids = [track for track in tracks if track.segment.cues[0].name.startswith("lid_closure")]
    return [_principal(group, reference) for group in (gaze, lids) if group]


def _principal(tracks: Sequence[Track], reference: Mask) -> NDArray[np.float64]:
    moved = np.concatenate(
        [
            without_slip(track.moved_px[chosen], track.trust[chosen], reference)
            for track in tracks
            if (chosen := ~track.segment.neutral).any()
        ]
    )
    rows = moved[:: -(-len(moved) // NUISANCE_FRAMES)].astype(np.float64)
    flat = rows.reshape(len(rows), -1)
    energy, ways = np.linalg.eigh(np.einsum("ip,jp->ij", flat, flat))
    way = np.einsum("i,ip->p", ways[:, -1], flat) / np.sqrt(max(float(energy[-1]), 1e-12))
    return np.asarray(way * np.sqrt(energy[-1] / len(flat))).reshape(moved.shape[1:])


def _descend(
    gram: NDArray[np.float64], along: NDArray[np.float64], is_unit: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Minimise a G a / 2 - b a with a >= 0 for units, by coordinates, all frames at once.

    `along` and the result have a row per coordinate: what is worked on lies side by side.
    """
    amount = np.zeros_like(along)
    slope: NDArray[Any] = -along
    for _ in range(SWEEPS):
        before = amount.copy()
        for at, row in enumerate(gram):
            step = amount[at] - slope[at] / row[at]
            better = np.maximum(step, 0) if is_unit[at] else step
            slope += row[:, None] * (better - amount[at])
            amount[at] = better
        if np.abs(amount - before).max() < SETTLED:
            break
    return amount
