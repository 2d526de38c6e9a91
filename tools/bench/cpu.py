"""What the CPU that a benchmark ran on is called."""

from __future__ import annotations

import platform
from pathlib import Path

CPU_INFO = Path("/proc/cpuinfo")
SHOWN_FLAGS = ("sse4_1", "avx2", "fma", "avx512f", "avx512vl", "asimd", "asimddp")


def cpu() -> tuple[str, str]:
    """The CPU's name and those of its vector instructions that matter here."""
    lines = CPU_INFO.read_text(encoding="utf-8").splitlines() if CPU_INFO.exists() else []
    facts = dict(line.split(":", 1) for line in lines if ":" in line)
    known = {name.strip(): value.strip() for name, value in facts.items()}
    flags = known.get("flags", known.get("Features", "")).split()
    name = known.get("model name", platform.processor() or platform.machine())
    return name, " ".join(flag for flag in SHOWN_FLAGS if flag in flags)
