"""The C++ header with the units is what the Python table says now."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def test_the_schema_header_is_current(root: Path):
    done = subprocess.run(
        [sys.executable, str(root / "tools" / "schema_header.py"), "--check"],
        cwd=root,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
