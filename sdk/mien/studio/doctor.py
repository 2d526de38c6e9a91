"""What of mien works on this machine, and what to do about the rest.

Nothing is fetched and nothing changed. What may crash (drivers, large libraries) is asked in a
process of its own. Without any extra this module loads, and answers.
"""

from __future__ import annotations

import platform
import struct
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from mien import schema
from mien.capture.v4l2 import V4l2Tree
from mien.runtime.known_answers import TOLERANCE
from mien.studio.doctor_extras import (
    check_opencv,
    check_ray,
    check_renderer,
    check_studio,
    check_train,
)
from mien.studio.doctor_machine import camera_findings, check_disk, check_governor
from mien.studio.finding import Finding, ask, version_of
from mien.vision.kernels import kernel_tables, kernels_in_use

PYTHON_MIN: Final = (3, 10)
CPU_FLAGS: Final = ("avx2", "fma", "avx512f", "asimd", "asimddp", "neon")
_KERNELS: Final = """
import json
from mien.vision.kernels import tables_that_differ
print(json.dumps(tables_that_differ()))
"""
_MODEL: Final = """
import json
from mien.runtime.known_answers import largest_deviation
print(json.dumps(largest_deviation()))
"""
Check = Callable[[], Finding]


def examine() -> Iterator[Finding]:
    """Look at one thing after the other."""
    for check in CHECKS:
        yield check()
    yield from camera_findings(V4l2Tree())


def works_on_headset(findings: list[Finding]) -> bool:
    """Whether everything is there that tracking on a headset needs."""
    return all(one.state == "ok" for one in findings if one.is_vital)


def check_python() -> Finding:
    """The interpreter."""
    text = f"{platform.python_implementation()} {platform.python_version()}, "
    text += f"{8 * struct.calcsize('P')} bits, {platform.machine()}, {platform.system()}"
    is_good = sys.version_info >= PYTHON_MIN
    return Finding(
        what="python",
        state="ok" if is_good else "broken",
        text=text,
        remedy="" if is_good else "install CPython 3.10 or newer",
    )


def check_mien() -> Finding:
    """The package, and whether it is whole."""
    folder = Path(schema.__file__).parent
    version = version_of("mien") or "from a checkout"
    model = Path("models") / "default.tflite"
    if not (folder / model).exists():
        text, remedy = f"{folder} lacks {model}", "pip install --force-reinstall mien"
        return Finding(what="mien", state="broken", text=text, remedy=remedy)
    return Finding(
        what="mien", state="ok", text=f"{version}, schema {schema.schema_hash()[:12]}, {folder}"
    )


def check_core() -> Finding:
    """The compiled core: its kernels for this CPU against its scalar definition."""
    flags = ", ".join(_cpu_flags()) or "unknown"
    text = f"kernels {kernels_in_use()} of {', '.join(kernel_tables())}; CPU has {flags}"
    answer = ask(_KERNELS)
    if answer.failure or answer.said:
        text += f"; {answer.failure or f'other bits than scalar: {answer.said}'}"
        remedy = "send this to the makers of mien; pip install --no-binary mien mien builds it here"
        return Finding(what="core", state="broken", text=text, remedy=remedy)
    return Finding(what="core", state="ok", text=f"{text}; the same bits as scalar")


def check_numpy() -> Finding:
    """NumPy; mien would not have loaded without it."""
    return Finding(what="numpy", state="ok", text=version_of("numpy") or "?")


def check_model() -> Finding:
    """LiteRT, and what the shipped network says to known inputs."""
    names = ("ai-edge-litert", "tflite-runtime")
    found = [f"{name} {version}" for name in names if (version := version_of(name))]
    if not found:
        text, remedy = "neither ai-edge-litert nor tflite-runtime", "pip install ai-edge-litert"
        return Finding(what="litert", state="missing", text=text, remedy=remedy)
    answer = ask(_MODEL)
    if answer.failure:
        remedy = f"pip install --force-reinstall {found[0].partition(' ')[0]} mien"
        return Finding(
            what="litert", state="broken", text=f"{found[0]}: {answer.failure}", remedy=remedy
        )
    text = f"{found[0]}; the model loads and is within {answer.said:.4f} of its known answers"
    if answer.said > TOLERANCE:
        remedy = "another version of ai-edge-litert may help; the network cannot be trusted here"
        return Finding(what="litert", state="broken", text=text, remedy=remedy)
    return Finding(what="litert", state="ok", text=text)


def check_clock() -> Finding:
    """The clock of live cameras."""
    about = time.get_clock_info("monotonic")
    times = [time.monotonic_ns() for _ in range(10_000)]
    is_good = about.monotonic and times == sorted(times)
    return Finding(
        what="clock",
        state="ok" if is_good else "broken",
        text=f"{about.implementation}, resolution {about.resolution * 1e9:g} ns",
        remedy="" if is_good else "give capture times of your own with each frame",
    )


def _cpu_flags(path: Path = Path("/proc/cpuinfo")) -> list[str]:
    try:
        words = set(path.read_text(encoding="utf-8", errors="replace").split())
    except OSError:
        return []
    return [flag for flag in CPU_FLAGS if flag in words]


CHECKS: Final[tuple[Check, ...]] = (
    check_python,
    check_mien,
    check_core,
    check_numpy,
    check_model,
    check_clock,
    check_opencv,
    check_studio,
    check_renderer,
    check_train,
    check_ray,
    check_disk,
    check_governor,
)
