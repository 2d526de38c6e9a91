"""mien: facial-expression values from the cameras of a headset, on the device."""

from __future__ import annotations

from mien.capture.push_source import PushSource
from mien.capture.session import Session, open_session
from mien.capture.sources import MemorySource, open_source
from mien.config import FlowConfig, SmoothingConfig, TrackerConfig
from mien.errors import (
    ConfigError,
    FrameError,
    MienError,
    ModelError,
    SessionError,
    SourceError,
)
from mien.outputs.open_sink import open_sink
from mien.outputs.sink import MemorySink
from mien.runtime.health import Health
from mien.runtime.model import Model
from mien.runtime.profile import Profile
from mien.runtime.tracker import Tracker
from mien.schema import VALUE_NAMES
from mien.types import CameraModel, FaceState, Frame, centred_camera

__all__ = [
    "VALUE_NAMES",
    "CameraModel",
    "ConfigError",
    "FaceState",
    "FlowConfig",
    "Frame",
    "FrameError",
    "Health",
    "MemorySink",
    "MemorySource",
    "MienError",
    "Model",
    "ModelError",
    "Profile",
    "PushSource",
    "Session",
    "SessionError",
    "SmoothingConfig",
    "SourceError",
    "Tracker",
    "TrackerConfig",
    "centred_camera",
    "open_session",
    "open_sink",
    "open_source",
]
