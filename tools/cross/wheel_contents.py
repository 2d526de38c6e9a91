"""What is inside a wheel: the module that must be there, and what its parts weigh."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from pathlib import Path

from cross.targets import Target
from tool_call import StepError

ELF_MACHINES = {"x86_64": 62, "aarch64": 183, "armv7l": 40}
"""What an ELF file says at byte 18 of the machine it is for."""


@dataclass(frozen=True)
class Sizes:
    """Bytes, compressed as they are downloaded."""

    whole: int
    model: int

    @property
    def core(self) -> int:
        """All but the model."""
        return self.whole - self.model


def sizes(wheel: Path) -> Sizes:
    """What a wheel and the model in it weigh."""
    with zipfile.ZipFile(wheel) as archive:
        files = archive.infolist()
    model = sum(one.compress_size for one in files if one.filename.startswith("mien/models/"))
    return Sizes(wheel.stat().st_size, model)


def require_module(wheel: Path, target: Target, python: str) -> None:
    """Refuse a wheel whose compiled module is not the target's.

    A module of another machine under the right tag is found only where it does not load.

    Raises:
        StepError: If it holds another module than one for this machine and CPython, or is not
            tagged manylinux.
    """
    wanted = f"mien/_core.cpython-{python[2:]}-{target.gnu}.so"
    with zipfile.ZipFile(wheel) as archive:
        modules = [name for name in archive.namelist() if name.endswith(".so")]
        if modules != [wanted]:
            raise StepError(f"{wheel.name}: expected the module {wanted} alone, got {modules}")
        machine = int.from_bytes(archive.read(wanted)[18:20], "little")
    if machine != ELF_MACHINES[target.machine]:
        raise StepError(f"{wheel.name}: expected an ELF file for {target.machine}, got {machine}")
    if "manylinux" not in wheel.name:
        raise StepError(f"{wheel.name}: expected a manylinux tag; see: auditwheel show {wheel}")
