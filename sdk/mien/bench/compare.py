"""Two results side by side."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, Final

from mien.bench.result_file import Result
from mien.errors import MienError

MACHINE_FIELDS: Final = (
    *("machine", "cpu", "cpu_features", "cores", "system", "libc", "governor", "kernels"),
    "pinned_core",
)
"""Of the header: where one differs, two results do not differ by the code alone."""
SOFTWARE_FIELDS: Final = ("tool", "mien", "compiler", "python", "numpy", "litert", "model")
WORDS: Final = ("first", "second")


@dataclass(frozen=True, slots=True)
class Pair:
    """One row that both results have."""

    name: str
    cameras: int
    rate_hz: float | None
    """None for a stage."""
    first_p50_us: float
    second_p50_us: float
    first_p99_us: float
    second_p99_us: float
    first_missed: float | None
    """Share of frames, 0..1; None for a stage."""
    second_missed: float | None
    first_cpu_share: float
    second_cpu_share: float

    @property
    def ratio(self) -> float:
        """The second p50 in shares of the first; under 1: the second is faster."""
        return self.second_p50_us / self.first_p50_us

    @property
    def label(self) -> str:
        """The row in a few words."""
        if self.rate_hz is not None:
            return f"{self.name}, {self.cameras} at {self.rate_hz:g} Hz"
        return f"{self.name}, {self.cameras}" if "step" in self.name else self.name


@dataclass(frozen=True, slots=True)
class Comparison:
    """What two results have in common and what not."""

    pairs: tuple[Pair, ...]
    warnings: tuple[str, ...]
    """Sentences: why the rows may differ by other things than the code."""
    software: tuple[str, ...]
    """Versions that differ."""
    only_first: tuple[str, ...]
    only_second: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """For `--json`."""
        pairs = [asdict(pair) | {"ratio": pair.ratio} for pair in self.pairs]
        return asdict(self) | {"pairs": pairs}


def compare(first: Result, second: Result) -> Comparison:
    """Put the rows of two results side by side.

    Raises:
        MienError: If they have no row in common.
    """
    ours, theirs = dict(_rows(first)), dict(_rows(second))
    pairs = tuple(_pair(key, ours[key], theirs[key]) for key in ours if key in theirs)
    if not pairs:
        raise MienError("compare: expected two results with a row in common, got none")
    return Comparison(
        pairs,
        tuple(_warnings(first, second)),
        tuple(_differences(first, second, SOFTWARE_FIELDS)),
        tuple(_text(key) for key in ours if key not in theirs),
        tuple(_text(key) for key in theirs if key not in ours),
    )


_Key = tuple[str, int, float | None]


def _rows(result: Result) -> Iterator[tuple[_Key, dict[str, Any]]]:
    for row in result["stages"]:
        yield (row["stage"], row["cameras"], None), row
    for row in result["deadlines"]:
        yield (row["step"], row["cameras"], float(row["rate_hz"])), row


def _pair(key: _Key, first: dict[str, Any], second: dict[str, Any]) -> Pair:
    rows = (first, second)
    p50, p99 = ([row["us"][name] for row in rows] for name in ("p50", "p99"))
    missed = [row["missed"] / max(row["frames"], 1) if "missed" in row else None for row in rows]
    cpu = [row["cpu_share"] for row in rows]
    return Pair(*key, *p50, *p99, *missed, *cpu)


def _text(key: _Key) -> str:
    name, cameras, rate_hz = key
    return f"{name}, {cameras}" + ("" if rate_hz is None else f" at {rate_hz:g} Hz")


def _warnings(first: Result, second: Result) -> Iterator[str]:
    for word, result in zip(WORDS, (first, second), strict=True):
        if result["noise"]["is_noisy"]:
            reasons = "; ".join(map(str, result["noise"]["reasons"]))
            yield f"the {word} run was NOISY: {reasons}"
        if result["state"].get("is_throttled"):
            yield f"the {word} run was THROTTLED: its core became slower"
        if result["header"].get("pin_problem"):
            yield f"the {word} run stayed on no core: {result['header']['pin_problem']}"
    if differing := list(_differences(first, second, MACHINE_FIELDS)):
        yield f"the machines differ: {'; '.join(differing)}"


def _differences(first: Result, second: Result, fields: tuple[str, ...]) -> Iterator[str]:
    for name in fields:
        ours, theirs = (result["header"].get(name) for result in (first, second))
        if ours != theirs:
            yield f"{name} {_shown(ours)} -> {_shown(theirs)}"


def _shown(value: object) -> str:
    text = "unknown" if value is None else str(value)
    return text if len(text) <= 48 else f"{text[:12]}.."
