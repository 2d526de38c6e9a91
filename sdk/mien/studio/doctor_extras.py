"""What `mien doctor` says of the extras: no headset needs them."""

from __future__ import annotations

import importlib.util
from typing import Final

from mien.studio.finding import Finding, ask, version_of

_OPENCV: Final = """
import cv2, json
from pathlib import Path
import mien
sample = next((Path(mien.__file__).parent / "samples").glob("*/*.mkv"))
capture = cv2.VideoCapture(str(sample), cv2.CAP_FFMPEG)
print(json.dumps([cv2.__version__, capture.read()[0]]))
"""
_RENDERER: Final = """
import json, moderngl
context = moderngl.create_context(standalone=True, backend="egl")
print(json.dumps(f"{context.info['GL_RENDERER']}, OpenGL {context.version_code / 100:g}"))
"""
_TRAIN: Final = """
import json, torch, litert_torch, ai_edge_quantizer, pyarrow
print(json.dumps("cuda" if torch.cuda.is_available() else "no GPU"))
"""


def check_opencv() -> Finding:
    """OpenCV, and whether it decodes the shipped sample."""
    needed_for = "cameras, videos and sessions"
    if importlib.util.find_spec("cv2") is None:
        return _extra_missing("opencv", "camera", needed_for)
    answer = ask(_OPENCV)
    if answer.failure or not answer.said[1]:
        return Finding(
            what="opencv",
            state="broken",
            text=answer.failure or f"{answer.said[0]} does not decode FFV1",
            remedy="pip install --force-reinstall opencv-python-headless",
            needed_for=needed_for,
        )
    text = f"{answer.said[0]}, decodes sessions"
    return Finding(what="opencv", state="ok", text=text, needed_for=needed_for)


def check_studio() -> Finding:
    """Tables and pictures."""
    needed_for = "mien demo, evaluate, study and track --live"
    lacks = [name for name in ("rich", "matplotlib") if importlib.util.find_spec(name) is None]
    if lacks:
        return _extra_missing("studio", "studio", needed_for)
    text = ", ".join(f"{name} {version_of(name)}" for name in ("rich", "matplotlib"))
    return Finding(what="studio", state="ok", text=text, needed_for=needed_for)


def check_renderer() -> Finding:
    """OpenGL over EGL."""
    needed_for = "mien synth"
    if importlib.util.find_spec("moderngl") is None:
        return _extra_missing("renderer", "synth", needed_for)
    answer = ask(_RENDERER)
    if answer.failure:
        return Finding(
            what="renderer",
            state="broken",
            text=f"no OpenGL over EGL: {answer.failure}",
            remedy="Debian: apt-get install libegl1 libgl1 libgl1-mesa-dri",
            needed_for=needed_for,
        )
    return Finding(what="renderer", state="ok", text=answer.said, needed_for=needed_for)


def check_train() -> Finding:
    """PyTorch and the converter."""
    needed_for = "mien label, train and export"
    names = ("torch", "litert_torch", "ai_edge_quantizer", "pyarrow")
    if any(importlib.util.find_spec(name) is None for name in names):
        return _extra_missing("train", "train", needed_for)
    answer = ask(_TRAIN)
    if answer.failure:
        return Finding(
            what="train",
            state="broken",
            text=answer.failure,
            remedy="pip install --force-reinstall 'mien[train]'",
            needed_for=needed_for,
        )
    text = f"torch {version_of('torch')}, converter {version_of('litert-torch')}, {answer.said}"
    return Finding(what="train", state="ok", text=text, needed_for=needed_for)


def check_ray() -> Finding:
    """Ray."""
    needed_for = "work on several machines"
    if importlib.util.find_spec("ray") is None:
        return _extra_missing("ray", "ray", needed_for)
    return Finding(what="ray", state="ok", text=version_of("ray") or "?", needed_for=needed_for)


def _extra_missing(what: str, extra: str, needed_for: str) -> Finding:
    return Finding(
        what=what,
        state="missing",
        text="not installed",
        remedy=f"pip install 'mien[{extra}]'",
        needed_for=needed_for,
    )
