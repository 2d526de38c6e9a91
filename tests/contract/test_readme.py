"""The README's example is run as it stands, on the shipped sample."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = '"session-or-camera"'
"""What the README writes where a reader puts a session or a camera of their own."""


def examples(readme: str) -> list[str]:
    """The README's Python blocks that begin with the package itself."""
    blocks = re.findall(r"^```python\n(.*?)^```", readme, re.DOTALL | re.MULTILINE)
    return [block for block in blocks if "import mien" in block]


@pytest.mark.model
def test_the_readmes_example_runs(root: Path, sample_session: Path, tmp_path: Path):
    blocks = examples((root / "README.md").read_text(encoding="utf-8"))
    assert any(SOURCE in block for block in blocks), f"README.md: no Python block with {SOURCE}"
    for block in blocks:
        program = block.replace(SOURCE, repr(str(sample_session)))
        done = subprocess.run(
            [sys.executable, "-c", program],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, done.stderr
