"""What a person sees of a run."""

from __future__ import annotations

import io

from mien.bench.deadlines import DeadlineRow
from mien.bench.load import Noise
from mien.bench.machine import Header
from mien.bench.power import Condition, State
from mien.bench.progress import ProgressLine
from mien.bench.report import Report
from mien.bench.stages import StageRow
from mien.bench.text import RowPrinter, header_text, verdict_lines
from mien.bench.timing import Timing

US = Timing(mean=2.0, p50=1.5, p90=3.0, p99=4.0, max=9.0)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def header(**changes: object) -> Header:
    named: dict[str, object] = dict.fromkeys(Header.__dataclass_fields__)
    named |= {"cpu_features": "asimd", "cores": 4, "kernels": "neon", "system": "Linux", "libc": ""}
    return Header(**(named | changes))


def report(noise: Noise, state: State) -> Report:
    return Report(header(), noise, state, (), ())


def test_a_terminal_is_told_how_far_it_is_and_a_pipe_nothing():
    terminal, pipe = Terminal(), io.StringIO()
    for stream in (terminal, pipe):
        line = ProgressLine(4, stream)
        line.start("flow")
        line.start("motion")
        line.clear()
    assert terminal.getvalue().split("\r\033[K") == [
        *("", f"[{'.' * 20}] 0/4 flow", f"[{'#' * 5}{'.' * 15}] 1/4 motion", "")
    ]
    assert pipe.getvalue() == ""


def test_the_header_says_why_it_stays_on_no_core():
    assert "stays on core 3\n" in header_text(header(pinned_core=3))
    assert "stays on no core: no right\n" in header_text(header(pin_problem="no right"))
    assert "stays on no core\n" in header_text(header())
    assert "mien of a checkout" in header_text(header())


def test_heads_come_once_before_the_rows_of_their_kind():
    printer = RowPrinter()
    stage = StageRow("flow 128x128", 1, 10, US, 1.0)
    deadline = DeadlineRow("whole step", 2, 90.0, 91, 3, US, 120.0, 0.25, 0)
    first, second, third = (printer.text(row) for row in (stage, stage, deadline))
    assert first.splitlines()[0].startswith("microseconds for each call")
    assert second == first.splitlines()[-1]
    assert second.split() == ["flow", "128x128", "1", "1.5", "3.0", "4.0", "9.0", "1.000"]
    assert third.splitlines()[-1].split() == [
        *("2", "90", "91", "3", "1.5", "4.0", "9.0", "120.0", "0.250")
    ]


NOTHING = {
    "is_throttled": None,
    "watts": None,
    "battery_watts": None,
    "rss_kb": None,
    "peak_rss_kb": None,
}
QUIET = {
    "involuntary_switches_per_s": 0.0,
    "stolen_share": 0.0,
    "spread": 1.0,
    "late_start_us": 10.0,
    "slowdown": 1.0,
}


def test_what_the_system_tells_is_shown():
    hot = Condition(1000.0, {"0 cpu": 71.26})
    told = {"watts": 12.34, "battery_watts": 3.456, "rss_kb": 1000, "peak_rss_kb": 2000}
    state = State(before=Condition(2000.0, {}), after=hot, is_throttled=True, **told)
    noise = Noise(is_noisy=True, reasons=("others had it",), **QUIET)
    assert list(verdict_lines(report(noise, state))) == [
        "memory: 1000 kB resident, 2000 kB at most",
        "power: 12.3 W (package)",
        "power: 3.46 W (from the battery, whole device)",
        "temperature: 71.3 C (0 cpu)",
        "THROTTLED: the core runs slower than at the start",
        "NOISY: do not compare these figures with others.",
        "  others had it",
    ]


def test_what_it_does_not_tell_is_left_out():
    unknown = Condition(None, {})
    state = State(before=unknown, after=unknown, **NOTHING)
    quiet = Noise(is_noisy=False, reasons=(), **QUIET)
    assert list(verdict_lines(report(quiet, state))) == ["the machine was quiet enough"]
