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
from pathlib import Path

import machine
import source_rules
import venv_setup

ROOT = venv_setup.ROOT
BIN = venv_setup.PYTHON.parent
STEP_LIMIT_S = 2400
"""A step that hangs is ended after this long, so that the others still report."""
_CLOSING_LINE = re.compile(r"=+ .*\b(passed|failed|errors?|skipped|no tests ran)\b.* =+")


class StepError(Exception):
    """A step failed; the text is what its tool said."""


@dataclass
class Outcome:
    """How one step ended."""

    name: str
    seconds: float
    is_ok: bool


@dataclass
class Report:
    """What pytest said last; CI reads it from our own last line."""

    closing_line: str = ""


def _environment(**more: str) -> dict[str, str]:
    path = f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}"
    return os.environ | {"PATH": path, "VIRTUAL_ENV": str(venv_setup.VENV)} | more


def _call(*command: str | Path, **more_environment: str) -> str:
    """Run a tool from the repository's root; raise `StepError` with its words if it fails."""
    program = BIN / command[0]
    done = subprocess.run(
        [program if program.exists() else command[0], *command[1:]],
        cwd=ROOT,
        env=_environment(**more_environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        timeout=STEP_LIMIT_S,
        check=False,
    )
    if done.returncode != 0:
        raise StepError(f"$ {' '.join(map(str, command))}\n{done.stdout.rstrip()}")
    return done.stdout


def _format() -> None:
    _call("ruff", "format", "--check")
    if sources := source_rules.listed("*.h", "*.cpp", "*.inl"):
        _call("clang-format", "--dry-run", "-Werror", *sources)


def _spelling() -> None:
    _call("codespell", *source_rules.text_files())


def _sizes() -> None:
    if problems := source_rules.problems():
        raise StepError("\n".join(problems))


def _cpp(folder: str, *options: str) -> None:
    build = ROOT / "build" / folder
    always = ("-G", "Ninja", "-DMIEN_TESTS=ON", "-DMIEN_WERROR=ON")
    _call("cmake", "-S", ".", "-B", build, *always, *options)
    _call("cmake", "--build", build, "--target", "mien_tests")
    said = _call("ctest", "--test-dir", build, "--verbose", "--no-tests=error")
    if counted := re.search(r"\d+ tests, \d+ failed", said):
        print(f"({counted.group()}) ", end="")


def _pytest(report: Report, *arguments: str) -> None:
    """Run pytest with its words passed on as they come."""
    print(flush=True)
    process = subprocess.Popen(
        [venv_setup.PYTHON, "-m", "pytest", "--durations=8", *arguments],
        cwd=ROOT,
        env=_environment(PY_COLORS="0"),  # or the closing line would not be found
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
        "lint": lambda: _call("ruff", "check"),
        "spelling": _spelling,
        "sizes": _sizes,
        "layers": lambda: _call("lint-imports", PYTHONPATH=str(ROOT / "sdk")),
        "types": lambda: _call("mypy"),
        "cpp": lambda: _cpp("check-release", "-DCMAKE_BUILD_TYPE=Release"),
        "cpp-sanitized": lambda: _cpp(
            "check-sanitized", "-DCMAKE_BUILD_TYPE=Debug", "-DMIEN_SANITIZE=ON"
        ),
        "contract": lambda: _pytest(report, "tests/contract"),
        "tests": lambda: _tests(report),
    }


def _run(name: str, step: Callable[[], object], *, label: str) -> Outcome:
    print(f"{label} {name} ... ", end="", flush=True)
    started = time.monotonic()
    words = ""
    try:
        step()
    except (StepError, OSError, subprocess.SubprocessError) as error:
        words = str(error) or repr(error)
    seconds = time.monotonic() - started
    print(f"{'FAILED' if words else 'ok'} {seconds:.1f} s", flush=True)
    if words:
        print(words, flush=True)
    return Outcome(name, seconds, is_ok=not words)


def _set_up() -> Outcome:
    started = time.monotonic()
    venv_setup.ensure(extras=["train", "studio", "synth"], groups=["test", "lint"])
    return Outcome("venv", time.monotonic() - started, is_ok=True)


def _conclude(outcomes: list[Outcome], closing_line: str) -> int:
    print(f"\n{'step':<16}{'result':<10}seconds")
    for outcome in outcomes:
        print(f"{outcome.name:<16}{'ok' if outcome.is_ok else 'FAILED':<10}{outcome.seconds:7.1f}")
    failed = [outcome.name for outcome in outcomes if not outcome.is_ok]
    total_s = sum(outcome.seconds for outcome in outcomes)
    verdict = f"FAILED: {', '.join(failed)}" if failed else "everything passed"
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
