"""Times and errors of the core's kernels beside OpenCV's: `python3 tools/bench/kernels.py --quick`.

Makes and reuses `.venv` by itself. `--help` lists the rest; bench/kernel_run.py is what runs.
"""

from __future__ import annotations

import sys
from pathlib import Path

TOOLS = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TOOLS))

import venv_setup  # noqa: E402


def main() -> int:
    """Run the benchmark inside the venv."""
    venv_setup.pick_python()
    venv_setup.enter(extras=["camera"])

    # Only inside the venv are the package and what it needs.
    from bench.kernel_run import main as run

    return run()


if __name__ == "__main__":
    sys.exit(main())
