"""All checks, for people and CI alike: `python3 tools/check.py [STEP ...]`.

Needs Python and a C++17 compiler; makes `.venv` and installs the rest by itself. Goes on after
a failed step, ends with a table and a verdict, and exits 1 if anything failed.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

import cpp_steps
import device_steps
import machine
import source_rules
import venv_setup
from tool_call import StepError, StepSkippedError, call, environment

ROOT = venv_setup.ROOT
_CLOSING_LINE = re.compile(r"=+ .*\b(passed|failed|errors?|skipped|no tests ran)\b.* =+")


@dataclass
class Outcome:
    """How one step ended."""

    name: str
    seconds: float
    result: str
    """`ok`, `skipped` or `FAILED`."""


@dataclass
class Report:
    """What pytest said last; CI reads it from our own last line."""

    closing_line: str = ""


def _format() -> None:
    call("ruff", "format", "--check")
    if sources := source_rules.listed("*.h", "*.cpp", "*.inl"):
        call("clang-format", "--dry-run", "-Werror", *sources)


def _spelling() -> None:
    call("codespell", *source_rules.text_files())


def _sizes() -> None:
    if problems := source_rules.problems():
        raise StepError("\n".join(problems))


def _pytest(report: Report, *arguments: str) -> None:
    """Run pytest with its words passed on as they come."""
    print(flush=True)
    process = subprocess.Popen(
        [venv_setup.PYTHON, "-m", "pytest", "--durations=8", *arguments],
        cwd=ROOT,
        env=environment(PY_COLORS="0"),  # or the closing line would not be found
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    for line in process.stdout or ():
        print(line, end="", flush=True)
        if _CLOSING_LINE.fullmatch(line.strip()):
            report.closing_line = line.strip()
    if process.wait() != 0:
        raise StepError("pytest failed, see above")


def _tests(report: Report) -> None:
    machine.ensure_egl()
    _pytest(report)


def _steps(report: Report) -> dict[str, Callable[[], object]]:
    """Every step by name, quick ones first; `contract` is a part of `tests`."""
    return {
        "format": _format,
        "lint": lambda: call("ruff", "check"),
        "spelling": _spelling,
        "sizes": _sizes,
        "layers": lambda: call("lint-imports", PYTHONPATH=str(ROOT / "sdk")),
        "types": lambda: call("mypy"),
        **cpp_steps.steps(),
        **device_steps.steps(),
        "contract": lambda: _pytest(report, "tests/contract"),
        "tests": lambda: _tests(report),
    }


def _run(name: str, step: Callable[[], object], *, label: str) -> Outcome:
    print(f"{label} {name} ... ", end="", flush=True)
    started = time.monotonic()
    result, words = "ok", ""
    try:
        step()
    except StepSkippedError as skipped:
        # A check that quietly did not run is no check: in CI it counts as failed.
        result = "FAILED" if os.environ.get("CI") == "true" else "skipped"
        words = f"{name}: {skipped}"
    except (StepError, OSError, subprocess.SubprocessError) as error:
        result, words = "FAILED", str(error) or repr(error)
    seconds = time.monotonic() - started
    print(f"{result} {seconds:.1f} s", flush=True)
    if words:
        print(words, flush=True)
    return Outcome(name, seconds, result)


def _set_up() -> Outcome:
    started = time.monotonic()
    venv_setup.ensure(extras=["train", "studio", "synth"], groups=["test", "lint", "wheels"])
    return Outcome("venv", time.monotonic() - started, "ok")


def _conclude(outcomes: list[Outcome], closing_line: str) -> int:
    print(f"\n{'step':<16}{'result':<10}seconds")
    for outcome in outcomes:
        print(f"{outcome.name:<16}{outcome.result:<10}{outcome.seconds:7.1f}")
    failed = [outcome.name for outcome in outcomes if outcome.result == "FAILED"]
    skipped = [outcome.name for outcome in outcomes if outcome.result == "skipped"]
    total_s = sum(outcome.seconds for outcome in outcomes)
    verdict = f"FAILED: {', '.join(failed)}" if failed else "everything passed"
    verdict += f"; skipped: {', '.join(skipped)}" if skipped else ""
    print(f"\nverdict: {verdict} ({total_s:.0f} s)")
    if closing_line:
        print(closing_line)
    return 1 if failed else 0


def main() -> int:
    """Run the named steps, or all; return the exit status."""
    venv_setup.pick_python()
    report = Report()
    steps = _steps(report)
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("steps", nargs="*", metavar="STEP", help=f"of: {', '.join(steps)}")
    names = parser.parse_args().steps or [name for name in steps if name != "contract"]
    if unknown := set(names) - set(steps):
        parser.error(f"STEP: expected some of {', '.join(steps)}, got {', '.join(sorted(unknown))}")
    outcomes = [_set_up()]
    for index, name in enumerate(names, start=1):
        outcomes.append(_run(name, steps[name], label=f"[{index}/{len(names)}]"))
    return _conclude(outcomes, report.closing_line)


if __name__ == "__main__":
    sys.exit(main())
