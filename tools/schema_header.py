"""Writes `csrc/include/mien/schema.h` from `mien.schema`, the one table of units.

python tools/schema_header.py [--check]

With `--check` nothing is written; the exit status is 1 if the header is not what the table
says now.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from mien import schema

HEADER = Path(__file__).resolve().parents[1] / "csrc" / "include" / "mien" / "schema.h"

_TEMPLATE = """\
// Names and order of the expression values. Written by tools/schema_header.py from
// sdk/mien/schema.py, which says what each value is; do not edit.
// clang-format off

#ifndef MIEN_SCHEMA_H_
#define MIEN_SCHEMA_H_

namespace mien {{

// A model must carry the same.
constexpr char kSchemaHash[] = "{hash}";

// Gaze values lie in [-kGazeMaxRad, kGazeMaxRad]; all others are weights in [0, 1].
constexpr float kGazeMaxRad = {gaze_max_rad}F;

{lists}
}}  // namespace mien

#endif  // MIEN_SCHEMA_H_
"""


def header_text() -> str:
    """The header that belongs to the table as it stands."""
    lists = (
        _list("Value", "A face state, in this order.", schema.VALUE_NAMES),
        _list("EyeOutput", "What the eye encoder gives for one eye.", schema.EYE_OUTPUTS),
        _list("MouthOutput", "What the mouth encoder gives.", schema.MOUTH_OUTPUTS),
    )
    return _TEMPLATE.format(
        hash=schema.schema_hash(), gaze_max_rad=schema.GAZE_MAX_RAD, lists="\n".join(lists)
    )


def _list(stem: str, meaning: str, names: Sequence[str]) -> str:
    rows = "\n".join(f'    "{name}",' for name in names)
    return (
        f"// {meaning}\n"
        f"constexpr int k{stem}Count = {len(names)};\n"
        f"constexpr const char* k{stem}Names[k{stem}Count] = {{\n{rows}\n}};\n"
    )


def main() -> int:
    """Write or check; return the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="only compare")
    is_check = parser.parse_args().check
    wanted = header_text()
    found = HEADER.read_text(encoding="utf-8") if HEADER.exists() else ""
    if is_check:
        if found != wanted:
            print(f"{HEADER.name}: not what schema.py says; run tools/schema_header.py")
        return int(found != wanted)
    HEADER.write_text(wanted, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
