"""Face states as JSON Lines: one object per state.

    {"t_ns": 1000, "values": {"jaw_drop": 0.25, ...}, "held": ["lid_closure_left", ...]}

`values` has the valid ones by name; `held` names those of them that no camera supports this
time. A value that is not valid is left out; NaN is never written.
"""

from __future__ import annotations

import json
import math

from mien import schema
from mien.outputs.csv_sink import DIGITS
from mien.outputs.line_file import LineFile
from mien.types import FaceState


class JsonlSink(LineFile):
    """Writes a line per state; every line reaches the system at once."""

    def _line(self, state: FaceState) -> str:
        values, held = {}, []
        for name, value, is_valid, is_tracked in zip(
            schema.VALUE_NAMES,
            state.values.tolist(),
            state.valid.tolist(),
            state.tracked.tolist(),
            strict=True,
        ):
            if is_valid and math.isfinite(value):
                values[name] = float(f"{value:.{DIGITS}g}")
                held += [] if is_tracked else [name]
        line = {"t_ns": int(state.t_ns), "values": values, "held": held}
        return json.dumps(line, separators=(",", ":"), allow_nan=False)
