"""The runtime's results as one page, from the files that its studies write.

    .venv/bin/python tools/bench/runtime_tables.py FOLDER --out tools/bench/results/runtime.md

FOLDER holds what the commands in `COMMANDS` wrote; those that are not there are left out.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from mien.study.fault_page import fault_markdown
from mien.study.markdown import number, table

COMMANDS: Final[Mapping[str, str]] = {
    "step.json": "python tools/bench/tracker_step.py --seconds 60 --json step.json",
    "memory.txt": "python tools/bench/tracker_memory.py --steps 1000000 > memory.txt",
    "faults.json": "mien study faults --times 1000 --json faults.json",
    "slips.json": "mien study slips SESSIONS... --json slips.json",
    "gating.json": "mien study gating SESSIONS... --json gating.json",
    "enrolment.json": "mien study enrolment SESSIONS... --json enrolment.json",
}


def step(told: Any) -> str:  # noqa: ANN401 - JSON
    """Microseconds per stage."""
    rows = [
        [name, *(f"{us:.0f}" for us in (*one["frame_us"], *one["set_us"])), str(one["n"])]
        for name, one in told.items()
    ]
    heading = ("us of one thread, 400x400", "p50", "p99", "three cameras p50", "p99", "frames")
    return table(heading, rows)


def memory(text: str) -> str:
    """The lines as they were printed."""
    lines = [line for line in text.splitlines() if line[:1].isspace() or line.startswith("one")]
    return "```\n" + "\n".join(lines) + "\n```\n"


def slips(told: Any) -> str:  # noqa: ANN401 - JSON
    """A line per session."""
    names = ("session", "seconds", "slips", "found", "rereads", "false")
    rows = [
        [number(one[n], digits=0) if n == "seconds" else str(one[n]) for n in names] for one in told
    ]
    return table(names, rows)


def gating(told: Any) -> str:  # noqa: ANN401 - JSON
    """With and without rest."""
    rows = [
        [name, number(told["mae"][name], digits=4), number(told["r"][name], digits=4), saved]
        for name, saved in (("always", "0 %"), ("gated", f"{told['saved']:.1%}"))
    ]
    heading = ("network", "MAE", "r", "inferences saved")
    onsets = (
        f"{told['onsets']} onsets, {number(told['delay_frames'])} frames later on average; "
        f"{number(told['later'])} of them later, {number(told['earlier'])} earlier.\n"
    )
    return table(heading, rows) + "\n" + onsets


def enrolment(told: Any) -> str:  # noqa: ANN401 - JSON
    """Before and after, per session."""
    rows = [
        [
            one["session"],
            ", ".join(one["cameras"]) or f"refused: {one['reason']}",
            *(
                " -> ".join(number(value, digits=4) for value in one[key])
                for key in ("mae", "r", "uneven")
            ),
        ]
        for one in told
    ]
    return table(("session", "cameras that got better", "MAE", "r", "left against right"), rows)


def faults(told: Any) -> str:  # noqa: ANN401 - JSON
    """A line per fault."""
    return fault_markdown(told["rows"])


PAGES: Final[Mapping[str, tuple[str, Callable[[Any], str]]]] = {
    "step.json": ("One step beside OpenCV, NumPy and float TFLite", step),
    "memory.txt": ("Memory over many steps", memory),
    "faults.json": ("Faults", faults),
    "slips.json": ("Slips of the headset", slips),
    "gating.json": ("The network rests", gating),
    "enrolment.json": ("Enrolment", enrolment),
}


def main() -> int:
    """Read what there is, write the page."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    parts = ["# What the runtime costs and withstands\n"]
    for file, (title, make) in PAGES.items():
        path = given.folder / file
        if path.exists():
            text = path.read_text(encoding="utf-8")
            body = make(json.loads(text) if path.suffix == ".json" else text)
            parts.append(f"## {title}\n\n`{COMMANDS[file]}`\n\n{body}")
    given.out.write_text("\n".join(parts), encoding="utf-8")
    print(f"{len(parts) - 1} of {len(PAGES)} tables -> {given.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
