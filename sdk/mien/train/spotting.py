"""Micro-expressions: when a small, short movement begins, peaks and ends, and of which units (C5).

A unit's curve (`train.spot_curves`) less its own opening over a time that no micro-expression
lasts is what comes *and goes* within that time: a head that turns or a gaze that is held leaves a
step, and a step leaves nothing. Where that stands out of the curve's own noise, the units that
stand out together make one event; it begins and ends where their sum, each weighted by how far it
stands out, falls below a share of the apex.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mien import schema
from mien.capture.cues import Cue
from mien.capture.session import Session
from mien.config import require
from mien.train.label_config import LabelConfig
from mien.train.label_curves import CameraCurves
from mien.train.label_rules import LIDS
from mien.train.label_tracks import CameraCrops
from mien.train.labeller import label_crops, read_crops
from mien.train.sliding import running_median, white_top_hat
from mien.train.spot_curves import Stretch, stretches

MICRO_S: Final = (0.04, 0.5)
"""From onset to offset, seconds (C5)."""
MIN_NOISE: Final = 0.004
"""A unit's share is never known better than this."""
TOGETHER: Final = 0.4
"""A unit belongs to an event when it stands out by this share of what the clearest one does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpotConfig:
    """What counts as an event; chosen on four rendered `train` sessions, 32 micro-expressions."""

    min_snr: float = 8.0
    """Height over noise at the apex, 1..1000. At 6 pure noise raises alarms; from 5 to 10 F1 on
    those sessions differs by 0.02."""
    min_share: float = 0.02
    """Least height, share of the unit's largest take, 0..1."""
    edge_share: float = 0.2
    """Share of the apex at which an event begins and ends, 0..1."""
    longest_s: float = 0.6
    """What lasts longer is no event, seconds, 0.1..5."""

    def __post_init__(self) -> None:
        require("min_snr", self.min_snr, 1, 1000)
        require("min_share", self.min_share, 0, 1)
        require("edge_share", self.edge_share, 0, 1)
        require("longest_s", self.longest_s, 0.1, 5)


@dataclass(frozen=True, slots=True)
class Spot:
    """One event."""

    onset_ns: int
    """First frame of the movement."""
    apex_ns: int
    offset_ns: int
    """Last frame of the movement."""
    snr: float
    """How far its clearest unit stands out of its noise."""
    units: Mapping[str, float]
    """Value name -> height at the apex, 1 = the session's largest take; clearest first."""

    @property
    def length_s(self) -> float:
        """From onset to offset, seconds."""
        return (self.offset_ns - self.onset_ns) * 1e-9

    @property
    def is_micro(self) -> bool:
        """At most as long as a micro-expression (C5); one frame alone is at least as short."""
        return self.length_s <= MICRO_S[1]


def spot_session(
    session: Session, *, labels: LabelConfig | None = None, config: SpotConfig | None = None
) -> list[Spot]:
    """Find the micro-expressions of a session, with what its own takes teach.

    Args:
        session: With cued takes, and stretches without.
        labels: Settings of the labeller.
        config: Settings of the spotter.

    Raises:
        SessionError: If the session breaks the format.
    """
    chosen = labels or LabelConfig()
    views = {camera: read_crops(session, camera) for camera in session.cameras}
    labelled = label_crops(session.path.name, views, session.cues(), config=chosen)
    return spot(labelled.cameras, views, session.cues(), labels=chosen, config=config)


def spot(
    cameras: Sequence[CameraCurves],
    views: Mapping[str, CameraCrops],
    cues: Sequence[Cue],
    *,
    labels: LabelConfig,
    config: SpotConfig | None = None,
) -> list[Spot]:
    """Find the micro-expressions of a labelled session whose crops are in memory, in time order.

    Args:
        cameras: `Labelled.cameras`.
        views: Camera name -> its crops.
        cues: Of the session.
        labels: Settings it was labelled with.
        config: Settings of the spotter.
    """
    found: list[Spot] = []
    for stretch in stretches(cameras, views, cues, config=labels):
        found += spots_of(stretch, config or SpotConfig())
    return found


def spots_of(stretch: Stretch, config: SpotConfig) -> list[Spot]:
    """The micro-expressions of one stretch, in time order.

    Lids take no part in finding events: they follow the gaze, and a glance comes and goes as
    fast as a micro-expression. They are named where they move along with one.
    """
    leads = np.array([schema.UNIT_OF_VALUE[name].name not in LIDS for name, _ in stretch.columns])
    events = find_events(stretch.share, stretch.t_ns, leads=leads, config=config)
    found = [_spot(stretch, event) for event in events]
    return [one for one in found if one.is_micro]


@dataclass(frozen=True, slots=True)
class Event:
    """Something that came and went in a set of curves; frames count within them."""

    first: int
    apex: int
    last: int
    height: NDArray[np.float64]
    """Of each curve at the apex, shape (c,)."""
    snr: NDArray[np.float64]
    """How far each stands out of its noise; 0 below the least height; shape (c,)."""


def find_events(
    curves: NDArray[np.float64],
    t_ns: NDArray[np.int64],
    *,
    leads: NDArray[np.bool_],
    config: SpotConfig,
) -> list[Event]:
    """What rises out of the noise of curves and falls again within `longest_s`, in time order.

    Args:
        curves: Shape (n, c).
        t_ns: Their times, shape (n,).
        leads: Which curves may begin an event, shape (c,); the others only take part.
        config: Thresholds; `min_share` is in the curves' own measure.
    """
    height, noise = _heights(curves, t_ns, config)
    snr = np.where(height >= config.min_share, height / noise, 0.0)
    lead = (snr * leads).max(axis=1, initial=0.0)
    taken = np.zeros(len(lead), np.bool_)
    found: list[Event] = []
    for apex in np.argsort(-lead, kind="stable"):
        if lead[apex] < config.min_snr:
            break
        if taken[apex]:
            continue
        together = np.where(snr[apex] >= TOGETHER * lead[apex], snr[apex] / noise, 0.0)
        first, last = _reach(np.einsum("nc,c->n", height, together), int(apex), config.edge_share)
        if not taken[first : last + 1].any():
            found.append(Event(first, int(apex), last, height[apex], snr[apex]))
        taken[first : last + 1] = True
    return sorted(found, key=lambda event: event.first)


def _heights(
    curves: NDArray[np.float64], t_ns: NDArray[np.int64], config: SpotConfig
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """What comes and goes, shape (n, c), and the noise of each curve, (c,)."""
    height, noise = np.zeros_like(curves), np.zeros(curves.shape[1])
    for at, curve in enumerate(curves.T):
        height[:, at] = white_top_hat(curve, t_ns, over_s=config.longest_s)
        calm = curve - running_median(curve, t_ns, over_s=config.longest_s)
        noise[at] = max(1.4826 * float(np.median(np.abs(calm))), MIN_NOISE)
    return height, noise


def _reach(curve: NDArray[np.float64], apex: int, share: float) -> tuple[int, int]:
    """First and last frame around the apex that reach a share of it."""
    low = np.flatnonzero(curve < share * curve[apex])
    before, after = low[low < apex], low[low > apex]
    first = int(before[-1]) + 1 if len(before) else 0
    last = int(after[0]) - 1 if len(after) else len(curve) - 1
    return first, last


def _spot(stretch: Stretch, event: Event) -> Spot:
    first, apex, last = (int(stretch.t_ns[at]) for at in (event.first, event.apex, event.last))
    units: dict[str, float] = {}
    for at in np.argsort(-event.snr, kind="stable"):
        if event.snr[at] >= TOGETHER * event.snr.max():
            units.setdefault(stretch.columns[at][0], float(event.height[at]))
    return Spot(first, apex, last, float(event.snr.max()), units)
