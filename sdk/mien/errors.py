"""What can go wrong, as one tree.

    MienError
    |-- ConfigError    a setting outside its range            (also ValueError)
    |-- FrameError     a frame the core cannot use            (also ValueError)
    |-- SourceError    a camera, video or folder that cannot be opened or read
    |-- SessionError   a session folder that breaks the format (also ValueError)
    |-- ModelError     a model file that is damaged or made for another schema
    |-- HeadError      a head file that breaks its format     (also ValueError)
    `-- TrainError     labels, samples or checkpoints that cannot be trained on

Messages read `<what>: expected <rule>, got <value>; <remedy>`. A wrong *type* stays a
`TypeError`, being a bug of the caller.
"""

from __future__ import annotations


class MienError(Exception):
    """Everything mien raises on purpose."""


class ConfigError(MienError, ValueError):
    """A setting is outside its range."""


class FrameError(MienError, ValueError):
    """A frame cannot be used; the frame loop counts it and goes on."""


class SourceError(MienError):
    """A camera, video file or folder of frames cannot be opened or read."""


class SessionError(MienError, ValueError):
    """A session folder breaks the session format; the message names file, row and rule."""


class ModelError(MienError):
    """A model file is damaged, is not TFLite, or was made for another schema."""


class HeadError(MienError, ValueError):
    """A head file breaks the head format, or lacks a part that is needed."""


class TrainError(MienError):
    """Labels, samples or a checkpoint cannot be trained on."""
