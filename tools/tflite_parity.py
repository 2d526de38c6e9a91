"""Does the shipped model run under tflite-runtime 2.14, and alike? 32-bit ARM has nothing newer.

    python tools/tflite_parity.py [MODEL.tflite]

Makes a venv with tflite-runtime and NumPy 1 under `build` (5 s, then reused), gives both runtimes
the crops of the shipped sample through `mien.runtime.model`, and compares what they answer with the
same kernels, bit for bit where it runs for every frame, and by how much with XNNPACK's, which
LiteRT uses by default.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tool_call import StepError, StepSkippedError
from venv_setup import ROOT

FOLDER: Final = ROOT / "build" / "tflite_runtime"
_CROPS: Final = FOLDER / "crops.npz"
_PACKAGE: Final = FOLDER / "package"
PINS: Final = ("tflite-runtime==2.14.0", "numpy==1.26.4")
"""It was built for NumPy 1, though it does not say so."""
CLOSE: Final = 0.05
"""Largest difference of an output, relative to its range if that is wider than 1, that other
kernels may make: each rounds in its own way, a code or two of 256 by layer."""
_FRAME_SIGNATURES: Final = ("eye", "mouth")
"""What runs for every frame has to be the same to the bit. In what is asked for now and then
(boxes) the newer runtime rounds single codes of a sum of large tensors otherwise."""
_NEWEST: Final = (3, 11)
"""The last Python that there are wheels for."""
_FRAME_STEP: Final = 12


def compare(model: Path | None = None) -> list[str]:
    """Run both, and tell: a line a signature's output.

    Raises:
        StepSkippedError: If this Python or machine has no tflite-runtime.
        StepError: If a runtime refuses the model, in its words, or they differ.
    """
    python = _other_python()
    np.savez(_CROPS, **sample_crops())  # type: ignore[arg-type]
    _copy_package()
    own = Path(sys.executable)
    old, new = (_answered(one, "installed", model) for one in (python, own))
    alike = _answered(own, "builtin", model)
    if not str(old["runtime"]).startswith("tflite-runtime"):
        raise StepError(f"{python}: expected tflite-runtime, got {old['runtime']}")
    return [f"{old['runtime']} against {new['runtime']}", *compared(old, new, alike)]


def compared(old: Mapping[str, Any], new: Mapping[str, Any], alike: Mapping[str, Any]) -> list[str]:
    """A line an output; raises `StepError` where they differ."""
    if len({frozenset(one) for one in (old, new, alike)}) != 1:
        raise StepError(f"outputs: expected those of LiteRT, {sorted(new)}, got {sorted(old)}")
    lines = []
    for name in sorted(set(old) - {"runtime"}):
        near = float(np.abs(old[name] - alike[name]).max())
        if near > (0.0 if name.split("/")[0] in _FRAME_SIGNATURES else CLOSE):
            raise StepError(f"{name}: expected the same bits of the same kernels, got {near:.4f}")
        far = np.abs(old[name] - new[name]).max() / max(1.0, np.ptp(new[name]))
        if far > CLOSE:
            raise StepError(f"{name}: expected at most {CLOSE} from XNNPACK's, got {far:.4f}")
        same = f"at most {near:.4f} apart" if near else "same bits"
        lines.append(f"{name}: {len(old[name])} crops, {same}; XNNPACK's kernels: {far:.4f}")
    return lines


def sample_crops() -> dict[str, NDArray[np.int8]]:
    """Kind of camera -> crops of the sample beside its first one, shape (N, 2, 128, 128)."""
    from mien import open_session
    from mien.vision.preprocess import Preprocessor

    session = open_session(ROOT / "sdk" / "mien" / "samples" / "showcase")
    found: dict[str, NDArray[np.int8]] = {}
    for kind, camera in (("eye", "eye_left"), ("mouth", "mouth")):
        preprocessor = Preprocessor(session.rig[camera])
        codes = np.stack([preprocessor.run(f.gray).quant for f in session.frames(camera)])
        some = codes[::_FRAME_STEP]
        found[kind] = np.stack([some, np.broadcast_to(codes[0], some.shape)], axis=1)
    return found


def _answered(python: Path, kernels: str, model: Path | None) -> dict[str, Any]:
    """What one runtime answers; its Python sees the copied package alone."""
    out = FOLDER / "answers.npz"
    script = Path(__file__).with_name("tflite_answers.py")
    options = ("--kernels", kernels, *(("--model", model) if model else ()))
    _call(python, script, _CROPS, out, *options, PYTHONPATH=str(_PACKAGE))
    with np.load(out) as answers:
        return dict(answers)


def _copy_package() -> None:
    """With its compiled module beside it: an editable one keeps that elsewhere."""
    import mien
    from mien import _core

    shutil.rmtree(_PACKAGE, ignore_errors=True)
    source = Path(str(mien.__file__)).parent
    ignored = shutil.ignore_patterns("samples", "__pycache__", "*.so")
    shutil.copytree(source, _PACKAGE / "mien", ignore=ignored)
    shutil.copy(str(_core.__file__), _PACKAGE / "mien")


def _other_python() -> Path:
    """The Python of a venv with tflite-runtime, made if there is none that works."""
    if sys.version_info[:2] > _NEWEST:
        got = ".".join(map(str, sys.version_info[:2]))
        raise StepSkippedError(f"tflite-runtime: expected Python 3.9 to 3.11, got {got}")
    python = FOLDER / "venv" / "bin" / "python"
    try:
        _call(python, "-c", "import tflite_runtime")
    except (OSError, StepError):
        _call(sys.executable, "-m", "venv", "--clear", python.parents[1])
        _call(python, "-m", "pip", "install", "--disable-pip-version-check", "-q", *PINS)
    return python


def _call(*command: str | Path, **environment: str) -> None:
    """Run a program of any venv; `tool_call.call` knows one alone."""
    done = subprocess.run(
        command, env=os.environ | environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise StepError(f"$ {' '.join(map(str, command))}\n{done.stderr.strip()}")


def main() -> None:
    """Compare, and print what was found."""
    try:
        print("\n".join(compare(Path(sys.argv[1]) if len(sys.argv) > 1 else None)))
    except StepSkippedError as skipped:
        print(f"NOT RUN: {skipped}")
    except StepError as error:
        raise SystemExit(str(error)) from error


if __name__ == "__main__":
    main()
