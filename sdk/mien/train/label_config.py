"""Settings of the labeller; the starting values are A7-A12's, measured on rendered sessions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from mien.config import FlowConfig, require
from mien.errors import ConfigError

FlowName: TypeAlias = Literal["mien", "dis_medium", "farneback"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelConfig:
    """How images and cues become labels. The `is_`/`has_` switches are ablations."""

    flow: FlowConfig = FlowConfig()
    flow_by: FlowName = "mien"
    """What finds the flow; OpenCV's two are for comparison only, a tenth as fast."""
    grid_step_px: int = 4
    """Displacement is followed at every so many crop pixels, 2..16."""
    key_gain: float = 0.3
    """Share of the neutral-key-frame flow in each step of the complementary filter, 0..1 (A8); 0.3
    measured better than the starting 0.1 (mean r 0.9885 against 0.9869 on a rendered session)."""
    key_frames: int = 5
    """Neutral frames whose median is the key frame, 1..99; the most usual ones."""
    anchor_s: float = 0.6
    """Longest part of a neutral stretch that anchors the take beside it, seconds, 0.05..10."""
    reference_share: float = 0.35
    """Share of the crop that the reference region takes: what moves least, 0.05..1 (A7)."""
    start_share: float = 0.10
    """Share of its peak below which a take has not begun, or has ended, 0..1 (A9)."""
    confirm_share: float = 0.60
    """Share of its peak that makes a rise a take, 0..1 (A9)."""
    peak_share: float = 0.95
    """Share of its peak from which on a frame belongs to the peak, 0..1 (A9)."""
    min_peak_px: float = 0.15
    """Least motion of a unit's region at the peak of a take, crop pixels, 0..64."""
    min_snr: float = 4.0
    """Least peak over the noise of the neutral stretches beside it, 0..1000."""
    min_share_of_largest: float = 0.05
    """Least peak over the session's largest of that unit, 0..1."""
    min_rest_trust: float = 0.07
    """Least trust of the flow at rest, where it is trusted most: less shows no face, 0..1."""
    min_confidence: float = 0.5
    """A value that is trusted less is masked, 0..1."""
    settle_s: float = 0.30
    """After a gaze cue begins, the eye is still on its way for so long, seconds, 0..5."""
    blink_share: float = 0.25
    """A lid faster and more shut than this share of its largest take is a blink, 0..1 (A11)."""
    blink_margin_s: float = 0.05
    """Masked before and after a blink, seconds, 0..1."""
    has_reference: bool = True
    """False: slip is not subtracted (ablation of A7)."""
    is_signed: bool = True
    """False: the metric is the length of the motion (ablation of A7)."""
    has_drift_removal: bool = True
    """False: consecutive flow is summed up and nothing else (ablation of A8)."""
    is_session_scaled: bool = True
    """False: each take is divided by its own peak (ablation of A10)."""
    has_gaze_correction: bool = True
    """False: what a turning eye does to the lids counts as closure (ablation of A11)."""
    has_blink_bridging: bool = True
    """False: a blink is measured like any other movement (ablation of A11)."""

    def __post_init__(self) -> None:
        known = get_args(FlowName)
        if self.flow_by not in known:
            raise ConfigError(f"flow_by: expected one of {', '.join(known)}, got {self.flow_by}")
        require("grid_step_px", self.grid_step_px, 2, 16)
        require("key_gain", self.key_gain, 0, 1)
        require("key_frames", self.key_frames, 1, 99)
        require("anchor_s", self.anchor_s, 0.05, 10)
        require("reference_share", self.reference_share, 0.05, 1)
        require("start_share", self.start_share, 0, 1)
        require("confirm_share", self.confirm_share, self.start_share, 1)
        require("peak_share", self.peak_share, self.confirm_share, 1)
        require("min_peak_px", self.min_peak_px, 0, 64)
        require("min_snr", self.min_snr, 0, 1000)
        require("min_share_of_largest", self.min_share_of_largest, 0, 1)
        require("min_rest_trust", self.min_rest_trust, 0, 1)
        require("min_confidence", self.min_confidence, 0, 1)
        require("settle_s", self.settle_s, 0, 5)
        require("blink_share", self.blink_share, 0, 1)
        require("blink_margin_s", self.blink_margin_s, 0, 1)
