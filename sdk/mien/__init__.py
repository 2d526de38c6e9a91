"""mien: facial-expression values from the cameras of a headset, on the device.

Public names are loaded when they are first used: importing the package costs an app's start
nothing, and an app that pushes its frames never loads what reads cameras.
"""

from __future__ import annotations

import importlib as _importlib
import typing as _typing

if _typing.TYPE_CHECKING:
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
_HOME_OF = {
    "VALUE_NAMES": "mien.schema",
    "CameraModel": "mien.types",
    "ConfigError": "mien.errors",
    "FaceState": "mien.types",
    "FlowConfig": "mien.config",
    "Frame": "mien.types",
    "FrameError": "mien.errors",
    "Health": "mien.runtime.health",
    "MemorySink": "mien.outputs.sink",
    "MemorySource": "mien.capture.sources",
    "MienError": "mien.errors",
    "Model": "mien.runtime.model",
    "ModelError": "mien.errors",
    "Profile": "mien.runtime.profile",
    "PushSource": "mien.capture.push_source",
    "Session": "mien.capture.session",
    "SessionError": "mien.errors",
    "SmoothingConfig": "mien.config",
    "SourceError": "mien.errors",
    "Tracker": "mien.runtime.tracker",
    "TrackerConfig": "mien.config",
    "centred_camera": "mien.types",
    "open_session": "mien.capture.session",
    "open_sink": "mien.outputs.open_sink",
    "open_source": "mien.capture.sources",
}
"""Public name -> the module that has it."""


def __getattr__(name: str) -> object:
    if name not in _HOME_OF:
        raise AttributeError(f"module 'mien' has no attribute {name!r}")
    value: object = getattr(_importlib.import_module(_HOME_OF[name]), name)
    globals()[name] = value  # asked for but once
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
