"""Importing mien changes nothing and costs nothing: asked of a fresh process."""

from __future__ import annotations

import json
import subprocess
import sys

_ASK = """
import json, os, sys, threading
before = dict(os.environ)
import mien
print(json.dumps({
    "modules": sorted(sys.modules),
    "threads": threading.active_count(),
    "has_changed_environment": before != dict(os.environ),
}))
"""
_USE_EVERY_NAME = "import mien\n[getattr(mien, name) for name in mien.__all__]\n"
HEAVY = (
    "ai_edge_litert",
    "cv2",
    "litert_torch",
    "matplotlib",
    "moderngl",
    "pyarrow",
    "rich",
    "tflite_runtime",
    "torch",
)


def ask(program: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=120, check=True
    )


def test_import_loads_nothing_heavy():
    loaded = json.loads(ask(_ASK).stdout)["modules"]
    assert [name for name in HEAVY if name in loaded] == []


def test_importing_loads_not_even_numpy():
    loaded = json.loads(ask(_ASK).stdout)["modules"]
    assert [name for name in loaded if name == "numpy" or name.startswith("mien.")] == []


def test_asking_for_every_public_name_loads_nothing_heavy():
    loaded = json.loads(ask(_ASK.replace("import mien\n", _USE_EVERY_NAME)).stdout)["modules"]
    assert "mien.runtime.tracker" in loaded
    assert [name for name in (*HEAVY, "mien.train", "mien.studio") if name in loaded] == []


def test_import_loads_neither_the_training_side_nor_the_studio():
    loaded = json.loads(ask(_ASK).stdout)["modules"]
    assert [name for name in ("mien.train", "mien.synth", "mien.studio") if name in loaded] == []


def test_import_starts_no_thread_and_leaves_the_environment_alone():
    told = json.loads(ask(_ASK).stdout)
    assert (told["threads"], told["has_changed_environment"]) == (1, False)


def test_import_says_nothing():
    asked = ask("import mien")
    assert (asked.stdout, asked.stderr) == ("", "")


def test_the_command_line_loads_only_what_a_command_needs():
    loaded = json.loads(ask(_ASK.replace("import mien\n", "import mien.cli\n")).stdout)["modules"]
    assert [name for name in HEAVY if name in loaded] == []
