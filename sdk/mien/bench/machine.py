"""Which machine this is, and with what it runs."""

from __future__ import annotations

import hashlib
import importlib.metadata
import os
import platform
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Final

import numpy as np

from mien.bench.load import ROOT
from mien.bench.pin import Pinning
from mien.bench.plan import BenchPlan
from mien.bench.sysfs import line
from mien.vision.kernels import kernels_in_use

FEATURES: Final = (
    *("sse4_1", "avx", "avx2", "fma", "avx512f", "avx512vl"),
    *("neon", "asimd", "asimdhp", "asimddp", "i8mm", "sve", "sve2"),
)
"""Of the CPU's, those that matter to us."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What was measured, where and with what; None where the system does not tell."""

    tool: str = "mien bench"
    mien: str | None
    date: str
    machine: str
    cpu: str | None
    cpu_features: str
    cores: int
    system: str
    libc: str
    compiler: str | None
    governor: str | None
    kernels: str
    pinned_core: int | None
    pin_problem: str | None
    seconds_per_row: float
    warm_up_s: float
    python: str | None
    numpy: str | None
    litert: str | None
    model: str | None


def describe(plan: BenchPlan, pinning: Pinning, *, model: Path, root: Path = ROOT) -> Header:
    """The header of a run that begins now."""
    facts = _cpu_facts(root)
    flags = f"{facts.get('flags', '')} {facts.get('Features', '')}".split()
    core = 0 if pinning.core is None else pinning.core
    return Header(
        mien=_version("mien"),
        date=datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
        machine=platform.machine(),
        cpu=_cpu_name(facts),
        cpu_features=" ".join(name for name in FEATURES if name in flags),
        cores=os.cpu_count() or 1,
        system=f"{platform.system()} {platform.release()}",
        libc=" ".join(platform.libc_ver()).strip(),
        compiler=None,
        governor=_governor(root, core),
        kernels=kernels_in_use(),
        pinned_core=pinning.core,
        pin_problem=pinning.problem or None,
        seconds_per_row=plan.seconds,
        warm_up_s=plan.warm_up_s,
        python=platform.python_version(),
        numpy=np.__version__,
        litert=_litert(),
        model=hashlib.sha256(model.read_bytes()).hexdigest(),
    )


def _cpu_facts(root: Path) -> dict[str, str]:
    """The first value of each line of /proc/cpuinfo."""
    try:
        lines = (root / "proc" / "cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return {}
    facts: dict[str, str] = {}
    for one in lines:
        name, colon, value = one.partition(":")
        if colon:
            facts.setdefault(name.strip(), value.strip())
    return facts


def _cpu_name(facts: dict[str, str]) -> str | None:
    """ARM's /proc/cpuinfo tells numbers, not names."""
    for name in ("model name", "Hardware", "Model"):
        if facts.get(name):
            return facts[name]
    if implementer := facts.get("CPU implementer"):
        return f"implementer {implementer} part {facts.get('CPU part', '')}"
    return platform.processor() or None


def _governor(root: Path, core: int) -> str | None:
    return line(root / f"sys/devices/system/cpu/cpu{core}/cpufreq/scaling_governor") or None


def _litert() -> str | None:
    for name in ("ai-edge-litert", "tflite-runtime"):
        if version := _version(name):
            return f"{name} {version}"
    return None


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None
