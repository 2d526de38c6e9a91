"""mien_bench as one static program for another machine: `build_bench.py TARGET...`.

    python3 tools/cross/build_bench.py linux-aarch64
    scp dist/mien_bench-linux-aarch64 board: && ssh board ./mien_bench-linux-aarch64

musl is inside, so it needs no library there, and runs on Android too (`adb push`).
"""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

TOOLS = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TOOLS))

import venv_setup  # noqa: E402
from cross.targets import CACHE, TARGETS, TOOLCHAIN  # noqa: E402
from tool_call import StepError, call  # noqa: E402


def build(target_name: str, out: Path) -> Path:
    """Build for one target.

    Raises:
        StepError: If a tool fails.
    """
    environment = TARGETS[target_name].environment(libc="musl")
    variables: list[str | Path] = [
        "env",
        *(f"{name}={value}" for name, value in environment.items()),
    ]
    folder = CACHE / f"bench-{target_name}"
    call(
        *(*variables, "cmake", "-S", ".", "-B", folder, "-G", "Ninja", "--toolchain", TOOLCHAIN),
        *("-DCMAKE_BUILD_TYPE=Release", "-DMIEN_BENCH=ON"),
    )
    call(*variables, "cmake", "--build", folder, "--target", "mien_bench")
    out.mkdir(parents=True, exist_ok=True)
    return Path(
        shutil.copy(folder / "csrc" / "bench" / "mien_bench", out / f"mien_bench-{target_name}")
    )


def main() -> int:
    """Build all that were asked for; 1 if one failed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("targets", nargs="+", choices=TARGETS, metavar="TARGET")
    parser.add_argument("--out", type=Path, default=venv_setup.ROOT / "dist", help="default: dist")
    given = parser.parse_args()
    venv_setup.pick_python()
    venv_setup.enter(groups=["wheels"])
    try:
        for target_name in given.targets:
            program = build(target_name, given.out)
            print(f"{program} {program.stat().st_size / 1e3:.0f} kB", flush=True)
    except StepError as error:
        print(f"build_bench: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
