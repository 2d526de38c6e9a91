"""Makes build folders of the C++ core and its tests."""

from __future__ import annotations

from pathlib import Path

from tool_call import call
from venv_setup import ROOT

TOOLCHAIN_AARCH64 = ROOT / "tools" / "cross" / "aarch64-linux-gnu.cmake"


def configure(folder: str, *options: str | Path) -> Path:
    """Make a build folder of the core, its tests and benchmark, warnings being errors."""
    build = ROOT / "build" / folder
    always = (
        "-G",
        "Ninja",
        "-DMIEN_TESTS=ON",
        "-DMIEN_BENCH=ON",
        "-DMIEN_WERROR=ON",
        "-DCMAKE_EXPORT_COMPILE_COMMANDS=ON",
    )
    call("cmake", "-S", ".", "-B", build, *always, *options)
    return build
