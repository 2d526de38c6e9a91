"""One source through the tracker into sinks, with an account of how it went."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path

from mien.capture.frame_source import FrameSource
from mien.config import TrackerConfig
from mien.outputs.sink import Sink
from mien.runtime.health import Health
from mien.runtime.tracker import Tracker
from mien.studio.latency import StageLatency, summarise


@dataclass(frozen=True, slots=True)
class TrackReport:
    """What one run gave."""

    health: Health
    stages: Sequence[StageLatency]
    is_interrupted: bool
    """True: ended by Ctrl-C; the sinks have what was tracked until then."""

    def as_json(self) -> dict[str, object]:
        """Plain data for `--json`."""
        return {
            "states": self.health.states,
            "bad_frames": self.health.bad_frames,
            "source_error": self.health.source_error,
            "cameras": {name: asdict(one) for name, one in self.health.cameras.items()},
            "stages": [stage.as_json() for stage in self.stages],
        }


def track_into(
    source: FrameSource,
    sinks: Sequence[Sink],
    *,
    model: Path | None = None,
    config: TrackerConfig | None = None,
    is_live: bool = False,
) -> TrackReport:
    """Track a source to its end, or until Ctrl-C, and give every state to every sink.

    Args:
        source: Opened; the caller closes it.
        sinks: Opened; the caller closes them.
        model: Model file; None is the shipped one.
        config: Settings of the tracker.
        is_live: Show the table of units meanwhile; needs `rich`.

    Raises:
        ModelError: If the model cannot be used.
    """
    tracker = Tracker.load(model, config=config, clock_ns=time.perf_counter_ns)
    is_interrupted = False
    with ExitStack() as stack:
        stack.enter_context(tracker)
        table = None
        if is_live:
            # A headset has no rich, and needs none without the table.
            from mien.studio.live import LiveTable

            table = stack.enter_context(LiveTable(tracker.health))
        try:
            for state in tracker.track(source):
                for sink in sinks:
                    sink.add(state)
                if table is not None:
                    table.watch(tracker.health)
                    table.add(state)
        except KeyboardInterrupt:
            is_interrupted = True
        return TrackReport(
            tracker.health, summarise(tracker.timings.per_step_ns), is_interrupted=is_interrupted
        )
