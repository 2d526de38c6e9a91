"""Write what the shipped model answers to the known inputs, for `mien doctor` to compare.

    python tools/known_answers.py

To be run when another `sdk/mien/models/default.tflite` ships; a test says so.
"""

from __future__ import annotations

import json

from mien.runtime.known_answers import answers_path, describe


def main() -> None:
    """Write the file beside the shipped model."""
    path = answers_path()
    path.write_text(json.dumps(describe()) + "\n", encoding="utf-8")
    print(f"known answers -> {path}")


if __name__ == "__main__":
    main()
