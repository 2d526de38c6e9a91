"""The baseline that a spotter must beat: how much a crop differs from the rest around it.

Mean absolute difference of gray levels from the usual look of the same windows that the spotter
uses, one curve per camera. It gets the spotter's blinks, its thresholding and its edges, with a
threshold of its own; it knows neither flow, slip nor units.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from mien.capture.cues import Cue
from mien.train.label_config import LabelConfig
from mien.train.label_curves import CameraCurves
from mien.train.label_tracks import CameraCrops
from mien.train.spot_curves import bridge_blinks, rest_of, uncued, windows
from mien.train.spotting import Spot, SpotConfig, find_events


def spot_by_difference(
    cameras: Sequence[CameraCurves],
    views: Mapping[str, CameraCrops],
    cues: Sequence[Cue],
    *,
    labels: LabelConfig,
    configs: Sequence[SpotConfig],
) -> list[list[Spot]]:
    """What each setting finds, in time order; the spots name no units."""
    found: list[list[Spot]] = [[] for _ in configs]
    for span in uncued(cues):
        t_ns, curves = _curves(cameras, views, span, labels=labels)
        for spots, config in zip(found, configs, strict=True):
            leads = np.ones(curves.shape[1], np.bool_)
            for event in find_events(curves, t_ns, leads=leads, config=config):
                first, apex, last = (int(t_ns[at]) for at in (event.first, event.apex, event.last))
                spots.append(Spot(first, apex, last, float(event.snr.max()), {}))
    return [[one for one in spots if one.is_micro] for spots in found]


def _curves(
    cameras: Sequence[CameraCurves],
    views: Mapping[str, CameraCrops],
    span: tuple[int, int],
    *,
    labels: LabelConfig,
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Times of the first camera, (n,), and a curve per camera in gray levels, (n, cameras)."""
    first_view = views[cameras[0].camera]
    t_ns = first_view.t_ns[slice(*np.searchsorted(first_view.t_ns, span))]
    curves = []
    for taught in cameras:
        view = views[taught.camera]
        own = _differences(view, span, labels)
        times = view.t_ns[slice(*np.searchsorted(view.t_ns, span))]
        curves.append(np.interp(t_ns, times, bridge_blinks(own[:, None], times, taught)[:, 0]))
    return t_ns, np.stack(curves, axis=1)


def _differences(
    view: CameraCrops, span: tuple[int, int], labels: LabelConfig
) -> NDArray[np.float64]:
    first, last = (int(at) for at in np.searchsorted(view.t_ns, span))
    total, weight = np.zeros(last - first), np.zeros(last - first)
    for start, end in windows(view.t_ns, first, last):
        rest = rest_of(view, (start, end), labels).astype(np.int16)
        apart = [float(np.abs(crop - rest).mean()) for crop in view.crops[start:end]]
        fade = np.minimum(np.arange(1, end - start + 1), np.arange(end - start, 0, -1))
        total[start - first : end - first] += np.array(apart) * fade
        weight[start - first : end - first] += fade
    return np.asarray(total / np.maximum(weight, 1))
