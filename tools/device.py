"""Tests a wheel and measures on a device, over ssh or adb, and brings the results home.

    python3 tools/device.py ssh://pi@board.local --wheel dist/mien-0.1.0-cp311-*aarch64.whl
    python3 tools/device.py ssh://board --installed --out results
    python3 tools/device.py adb --bench dist/mien_bench-linux-aarch64

Copies a kit (the wheel's test, golden hashes, a decoded session), the wheel and mien_bench into a
new folder there, runs what it can, fetches `*.json`, `*.csv` and `*.txt`, and deletes the folder.
The wheel needs Python with its venv module on the device, and PyPI or `--packages`. Exits 1 if a
test failed, 2 if it could not be done.
"""

from __future__ import annotations

import argparse
import json
import shlex
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

TOOLS = Path(__file__).resolve().parent
sys.path.insert(0, str(TOOLS))

import venv_setup  # noqa: E402
from device_link import FORMS, DeviceError, Link, open_link  # noqa: E402

FAILED, IMPOSSIBLE = 1, 2
PROGRAM: Final = "mien_bench"
RESULTS: Final = "results"


@dataclass(frozen=True, kw_only=True)
class Job:
    """What is to be done on a device."""

    wheel: Path | None
    """To be installed in a venv there."""
    is_installed: bool
    """mien is there already, for `python`."""
    packages: Path | None
    """Wheels that are installed from instead of PyPI."""
    bench: Path | None
    """The mien_bench that runs there."""
    python: str
    seconds: float
    """Of each row of a benchmark."""

    @property
    def has_python(self) -> bool:
        """Whether anything of the wheel is run."""
        return self.is_installed or self.wheel is not None


@dataclass(frozen=True)
class Step:
    """One command on the device."""

    name: str
    line: str
    result: str
    """The file that it writes into the results."""


def steps(job: Job) -> Iterator[Step]:
    """The commands, in order; each is run from the new folder there."""
    row_s = f"--seconds {job.seconds:g}"
    if job.bench:
        files = f"--json {RESULTS}/mien_bench.json --csv {RESULTS}/mien_bench.csv"
        yield Step(
            PROGRAM, f"chmod 755 {PROGRAM} && ./{PROGRAM} {row_s} {files}", "mien_bench.json"
        )
    if not job.has_python:
        return
    python = shlex.quote(job.python)
    if job.wheel:
        source = "--no-index --find-links packages" if job.packages else ""
        install = f"venv/bin/python -m pip install -q {source} ./{shlex.quote(job.wheel.name)}"
        freeze = f"venv/bin/python -m pip list --format freeze > {RESULTS}/packages.txt"
        yield Step("install", f"{python} -m venv venv && {install} && {freeze}", "packages.txt")
        python = "PYTHONPATH= venv/bin/python"  # no other mien than the wheel's
    test = f"kit/on_device/wheel_test.py --json {RESULTS}/wheel_test.json"
    yield Step("tests", f"{python} {test}", "wheel_test.json")
    files = f"--json {RESULTS}/mien-bench.json --csv {RESULTS}/mien-bench.csv"
    yield Step("mien bench", f"{python} -m mien bench {row_s} {files}", "mien-bench.json")


def check_fit(link: Link, job: Job) -> None:
    """Refuse a wheel that the device's machine or Python cannot take, before anything is copied.

    Raises:
        DeviceError: If one does not fit.
    """
    machine = link.ask("uname -m")
    if job.has_python:
        ask = "import sys; print('cp%d%d' % sys.version_info[:2])"
        tag = link.ask(f"{shlex.quote(job.python)} -c {shlex.quote(ask)}")
        fits = not job.wheel or (
            f"-{tag}-" in job.wheel.name and job.wheel.stem.endswith(f"_{machine}")
        )
        if job.wheel and not fits:
            raise DeviceError(
                f"{job.wheel.name}: expected a wheel for {tag} on {machine}, as {link.name} has; "
                f"build one: python3 tools/cross/build_wheels.py linux-{machine}"
            )


def pack(job: Job, folder: Path) -> None:
    """Lay out what is copied to the device."""
    (folder / RESULTS).mkdir(parents=True)
    if job.has_python:
        from cross import device_kit

        device_kit.make(folder / "kit")
    if job.wheel:
        shutil.copy(job.wheel, folder)
    if job.packages:
        shutil.copytree(job.packages, folder / "packages")
    if job.bench:
        shutil.copy(job.bench, folder / PROGRAM)


def run(link: Link, job: Job, out: Path) -> dict[str, int]:
    """Do the job; what it wrote is below `out` afterwards, also after a step that failed.

    Returns:
        Step -> its exit status; steps after a failed installation are not run.

    Raises:
        DeviceError: If the device cannot be used.
    """
    check_fit(link, job)
    with tempfile.TemporaryDirectory() as name:
        pack(job, Path(name) / "load")
        there = link.ask(f"mktemp -d {link.temporary}/mien-XXXXXX")
        try:
            link.push(Path(name) / "load", there)
            ended = _run_steps(link, job, there)
            link.fetch(f"{there}/{RESULTS}", out)
        finally:
            link.show(f"rm -rf {shlex.quote(there)}")
    for step in steps(job):
        if ended.get(step.name) == 0 and not (out / step.result).is_file():
            raise DeviceError(f"{link.name}: {step.name}: expected {step.result}, got none")
    return ended


def _run_steps(link: Link, job: Job, there: str) -> dict[str, int]:
    ended: dict[str, int] = {}
    for step in steps(job):
        print(f"{link.name}: {step.name}", flush=True)
        ended[step.name] = link.show(f"cd {shlex.quote(there)} && {step.line}")
        if step.name == "install" and ended[step.name] != 0:
            break
    return ended


def _conclude(link: Link, ended: dict[str, int], out: Path) -> int:
    for path in sorted(out.glob("*bench.json")):
        found = json.loads(path.read_text(encoding="utf-8"))
        noise = "; ".join(found["noise"]["reasons"]) if found["noise"]["is_noisy"] else "quiet"
        print(f"{path}: {found['header']['cpu']}, {noise}")
    failed = [name for name, status in ended.items() if status != 0]
    print(f"{link.name}: " + (f"FAILED: {', '.join(failed)}" if failed else "everything passed"))
    print(f"results -> {out}")
    return FAILED if failed else 0


def _require_writable(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise DeviceError(
            f"{folder}: expected a folder that can be written, got: {error.strerror}"
        ) from error


def _job(given: argparse.Namespace) -> Job:
    job = Job(
        wheel=given.wheel,
        is_installed=given.installed,
        packages=given.packages,
        bench=given.bench,
        python=given.python,
        seconds=given.seconds,
    )
    if job.wheel and job.is_installed:
        raise DeviceError("--installed: expected no --wheel beside it, got one")
    if not job.bench and not job.has_python:
        raise DeviceError("expected --wheel, --installed or --bench, got none of them")
    for path in (job.wheel, job.bench, job.packages):
        if path and not path.exists():
            raise DeviceError(f"{path}: expected to be there; see tools/cross/README.md")
    return job


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    top.add_argument("device", help=FORMS)
    top.add_argument("--wheel", type=Path, help="install it in a new venv there, test and measure")
    top.add_argument("--installed", action="store_true", help="mien is there for --python")
    top.add_argument("--packages", type=Path, metavar="FOLDER", help="wheels, in place of PyPI")
    top.add_argument("--bench", type=Path, help="mien_bench for the device")
    top.add_argument("--python", default="python3", help="the device's; default: python3")
    top.add_argument("--seconds", type=float, default=1.0, help="of each row; default: 1")
    top.add_argument("--out", type=Path, default=Path("out/device"), help="default: out/device")
    top.add_argument(
        *("--ssh-option", "-o"), action="append", default=[], help="as of ssh -o; again for more"
    )
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line says; the exit status."""
    given = parser().parse_args(arguments)
    try:
        job = _job(given)
        _require_writable(given.out)
        link = open_link(given.device, options=given.ssh_option)
        return _conclude(link, run(link, job, given.out), given.out)
    except DeviceError as error:
        print(f"device: {error}", file=sys.stderr)
        return IMPOSSIBLE


if __name__ == "__main__":
    venv_setup.pick_python()
    venv_setup.enter(extras=["camera"])
    sys.exit(main())
