"""The kept results of `mien bench` and mien_bench as one page: what frames cost, over versions.

    .venv/bin/python tools/bench/result_page.py

Reads tools/bench/results/*-bench.json and writes devices.md, devices.png and devices.html beside
them; the HTML file needs nothing else. `--results FOLDER` does it elsewhere.
"""

from __future__ import annotations

import argparse
import base64
import sys
from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path
from typing import Any, Final

TOOLS = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TOOLS))

from bench.result_picture import draw_results  # noqa: E402
from mien.bench.result_file import Result, read_result  # noqa: E402
from mien.errors import MienError  # noqa: E402
from mien.studio.page import table, write_page  # noqa: E402
from mien.study import markdown as markdown_text  # noqa: E402

RESULTS: Final = TOOLS / "bench" / "results"
PATTERN: Final = "*-bench.json"
DEADLINE_HEADS: Final = (
    *("cameras", "Hz", "frames", "missed", "p50, us", "p99, us", "late start p99, us"),
    "share of one core",
)
STAGE_HEADS: Final = ("stage", "cameras", "p50, us", "p99, us", "share of a 90 Hz frame")
INTRODUCTION: Final = (
    "Made by `python tools/bench/result_page.py` from the files `*-bench.json` here; "
    "[what their fields mean](../RESULTS.md). A frame is missed if its step was not done when the "
    "next one came."
)
NINETY_HZ_US: Final = 1e6 / 90
Table = tuple[str, Sequence[str], list[tuple[str, ...]]]


def read_results(folder: Path) -> dict[str, Result]:
    """File name -> result, oldest first.

    Raises:
        MienError: If there is none, or one is of another format or version.
    """
    found = {path.name: read_result(path) for path in sorted(folder.glob(PATTERN))}
    if not found:
        raise MienError(f"{folder}: expected files {PATTERN}, got none")
    return dict(sorted(found.items(), key=lambda item: str(item[1]["header"]["date"])))


def place_of(result: Result) -> str:
    """Which machine and tool; results of one place may be drawn as one line."""
    header = result["header"]
    return (
        f"{header.get('cpu') or 'unknown CPU'}, {header.get('cores', '?')} cores, "
        f"{header['machine']}: {header['tool']}"
    )


def newest(results: dict[str, Result]) -> dict[str, str]:
    """Place -> the name of its newest result."""
    return {place_of(result): name for name, result in results.items()}


def told_of(result: Result) -> str:
    """When, with what, and whether to believe it."""
    header, noise = result["header"], result["noise"]
    versions = [f"{name} {header[name]}" for name in ("mien", "python", "litert") if header[name]]
    words = f"{header['date']}, {', '.join(versions)}, kernels {header['kernels']}, "
    words += f"{header['seconds_per_row']:g} s for each row: "
    return words + ("NOISY: " + "; ".join(noise["reasons"]) if noise["is_noisy"] else "quiet")


def tables_of(result: Result) -> Iterator[Table]:
    """The deadlines and the stages of one result."""
    step = result["deadlines"][0]["step"] if result["deadlines"] else ""
    yield f"Deadlines, {step}", DEADLINE_HEADS, [_deadline(row) for row in result["deadlines"]]
    yield "Stages, without a pause", STAGE_HEADS, [_stage(row) for row in result["stages"]]


def _deadline(row: dict[str, Any]) -> tuple[str, ...]:
    us = row["us"]
    return (
        *(str(row["cameras"]), f"{row['rate_hz']:g}", str(row["frames"]), str(row["missed"])),
        *(f"{us['p50']:.0f}", f"{us['p99']:.0f}", f"{row['late_start_p99_us']:.0f}"),
        f"{row['cpu_share']:.1%}",
    )


def _stage(row: dict[str, Any]) -> tuple[str, ...]:
    us = row["us"]
    share = f"{us['p50'] / NINETY_HZ_US:.1%}"
    return (row["stage"], str(row["cameras"]), f"{us['p50']:.1f}", f"{us['p99']:.1f}", share)


def markdown(results: dict[str, Result]) -> str:
    """The page for a repository's reader."""
    parts = [
        "# What frames cost, by machine and version",
        INTRODUCTION,
        "![p50 over dates](devices.png)",
    ]
    for place, name in newest(results).items():
        parts += [f"## {place}", f"[{name}]({name}), {told_of(results[name])}."]
        for title, heads, rows in tables_of(results[name]):
            if rows:
                parts += [f"### {title}", markdown_text.table(heads, rows).rstrip()]
    others = [name for name in results if name not in newest(results).values()]
    if others:
        lines = [f"- [{name}]({name}): {told_of(results[name])}" for name in others]
        parts += ["## Earlier", "\n".join(lines)]
    return "\n\n".join(parts) + "\n"


def html(results: dict[str, Result], picture: Path) -> str:
    """The body of the page that carries its picture."""
    coded = base64.b64encode(picture.read_bytes()).decode()
    parts = [
        "<h1>What frames cost, by machine and version</h1>",
        f'<p><img alt="p50 over dates" style="width:100%" src="data:image/png;base64,{coded}"></p>',
    ]
    for place, name in newest(results).items():
        parts += [f"<h2>{escape(place)}</h2>", f"<p>{escape(told_of(results[name]))}</p>"]
        for title, heads, rows in tables_of(results[name]):
            shown = (
                f"<tr>{''.join(f'<td class=n>{escape(one)}</td>' for one in row)}</tr>"
                for row in rows
            )
            parts += [f"<h3>{escape(title)}</h3>", table(heads, shown)] if rows else []
    return "\n".join(parts)


def write_pages(folder: Path) -> list[Path]:
    """Write all three files beside the results; return their paths.

    Raises:
        MienError: As `read_results` does.
        OSError: If the folder cannot be written.
    """
    results = read_results(folder)
    picture = draw_results(
        [(place_of(result), result) for result in results.values()], folder / "devices.png"
    )
    page = folder / "devices.md"
    page.write_text(markdown(results), encoding="utf-8")
    title = "What frames cost"
    whole = write_page(folder / "devices.html", title=title, body=html(results, picture))
    return [page, picture, whole]


def main() -> int:
    """Write the pages; 2 if it cannot be done."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--results", type=Path, default=RESULTS, metavar="FOLDER")
    given = parser.parse_args()
    try:
        for path in write_pages(given.results):
            print(path)
    except (MienError, OSError) as error:
        print(f"result_page: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
