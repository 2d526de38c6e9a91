"""CPythons of this machine, by version."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

PYENV = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))


def interpreter(version: str) -> Path | None:
    """A CPython of a version such as `3.11`, from PATH or of pyenv; None if there is none."""
    return next((one for one in _candidates(version) if _ask(one, "print(1)") == "1"), None)


def headers(version: str) -> Path | None:
    """Where this machine keeps the C headers of a CPython; None if it has none.

    Those of 64-bit machines differ in nothing that an extension module sees.
    """
    ask = "import sysconfig; print(sysconfig.get_path('include'))"
    folders = (Path(_ask(one, ask)) for one in _candidates(version))
    return next((folder for folder in folders if (folder / "Python.h").is_file()), None)


def _candidates(version: str) -> Iterator[Path]:
    if found := shutil.which(f"python{version}"):
        yield Path(found)
    installed = PYENV.glob(f"versions/{version}.*/bin/python{version}")
    yield from sorted(installed, reverse=True)


def _ask(python: Path, program: str) -> str:
    """What it prints; nothing if it does not work, as pyenv's stand-in for one not chosen."""
    asked = subprocess.run([python, "-c", program], capture_output=True, text=True, check=False)
    return asked.stdout.strip() if asked.returncode == 0 else ""
