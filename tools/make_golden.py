"""Rewrites tests/golden/core_hashes.txt: `python3 tools/make_golden.py`.

For when the core's numbers were meant to change; the commit says why they did. Prints what
changed. The checks then hold every CPU, compiler and kernel table to the new lines.
"""

from __future__ import annotations

import difflib
import sys

import cpp_steps
import venv_setup

HEADER = """\
# What every entry of the core gives on seeded inputs, hashed (tests/cpp/core_hashes.cpp).
# The same on every CPU and for every kernel table. Made by tools/make_golden.py.
"""


def main() -> int:
    """Build the core, write the file, print the difference."""
    venv_setup.pick_python()
    venv_setup.ensure()
    text = HEADER + cpp_steps.core_hashes()
    golden = cpp_steps.GOLDEN
    before = golden.read_text(encoding="utf-8") if golden.exists() else ""
    changes = difflib.unified_diff(before.splitlines(), text.splitlines(), n=0, lineterm="")
    print("\n".join(changes) or "nothing changed")
    golden.parent.mkdir(exist_ok=True)
    golden.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
