"""The labeller, and the labeller with one thing taken away or replaced."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from mien.train.label_config import LabelConfig

LABELS: Final = "labels"
"""The labeller as it is."""

ABLATIONS: Final[Mapping[str, Mapping[str, Any]]] = MappingProxyType(
    {
        "no reference region": {"has_reference": False},
        "unsigned metric": {"is_signed": False},
        "no drift removal": {"has_drift_removal": False},
        "normalised per take": {"is_session_scaled": False},
        "no gaze correction": {"has_gaze_correction": False},
        "no blink bridging": {"has_blink_bridging": False},
    }
)
"""What is taken away -> settings of the labeller (A7, A8, A10, A11)."""

FLOWS: Final[Mapping[str, Mapping[str, Any]]] = MappingProxyType(
    {
        "flow by OpenCV DIS medium": {"flow_by": "dis_medium"},
        "flow by OpenCV Farneback": {"flow_by": "farneback"},
    }
)
"""What our flow is replaced by -> settings of the labeller."""

VARIANTS: Final = (LABELS, *ABLATIONS, *FLOWS)


def settings_of(variant: str) -> LabelConfig:
    """The labeller's settings of a variant."""
    return LabelConfig(**{**ABLATIONS, **FLOWS}.get(variant, {}))
