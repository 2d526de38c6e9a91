"""The demo: `python3 tools/demo.py` tracks the shipped sample session with the shipped model.

Makes `.venv` on the first run (no torch), shows the units live, prints latency and accuracy,
writes `out/demo/` and ends with `demo: PASS` or `demo: FAIL` and why.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import venv_setup


def main() -> int:
    """Run the demo; 0 if it passed, 1 if not."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--session", type=Path, help="another session with truth")
    parser.add_argument("--model", type=Path, help="another model file")
    parser.add_argument("--out", type=Path, default=venv_setup.ROOT / "out" / "demo")
    given = parser.parse_args()
    venv_setup.pick_python()
    venv_setup.enter(extras=["studio"])

    # Only inside the venv are the package and what it needs.
    from mien.errors import MienError
    from mien.studio.demo import run_demo

    try:
        return 0 if run_demo(given.session, given.out, model=given.model) else 1
    except MienError as exc:
        print(f"demo: FAIL {exc}")
        return 1


if __name__ == "__main__":
    sys.exit(main())
