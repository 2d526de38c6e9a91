"""What a frame loop counts on: no memory is asked for, and other threads go on meanwhile."""

from __future__ import annotations

import ctypes
import json
import os
import shutil
import subprocess
import sys
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from mien.types import CameraModel
from mien.vision.flow import DenseFlow
from mien.vision.motion import RegionMotion, Slip, remove_slip
from mien.vision.preprocess import Preprocessor
from mien.vision.smoothing import OneEuro

Call = Callable[[], object]
SMALLEST_IMAGE_BYTES = 64 * 64
REGIONS = 300
"""So many that measuring them takes long enough for another thread to wake up."""


def frame_calls(side: int = 128) -> dict[str, Call]:
    """Every per-frame call with all its outputs given; images have 64 x 64 bytes or more."""
    camera = CameraModel(
        width=2 * side,
        height=2 * side,
        fx=2.0 * side,
        fy=2.0 * side,
        cx=side - 0.5,
        cy=side - 0.5,
        crop_xyxy_px=(0.0, 0.0, 2.0 * side, 2.0 * side),
    )
    numbers = np.random.default_rng(0)
    sensor = numbers.integers(0, 256, (2 * side, 2 * side), dtype=np.uint8)
    gray, quant = np.zeros((side, side), np.uint8), np.zeros((side, side), np.int8)
    flow_px = np.zeros((side, side, 2), np.float32)
    confidence = np.zeros((side, side), np.float32)
    everywhere = np.ones((side, side), np.bool_)
    values, smooth = np.zeros((REGIONS, 5), np.float32), np.zeros(4096, np.float32)
    preprocessor, flow = Preprocessor(camera, size=side), DenseFlow(side, side)
    first, second = flow.image().set(gray), flow.image().set(gray)
    motion, one_euro = RegionMotion([everywhere] * REGIONS, everywhere), OneEuro(4096)
    times_ns = iter(range(10**9))
    out = {"out_flow": flow_px, "out_confidence": confidence}
    return {
        "preprocess": lambda: preprocessor.run(sensor, out_gray=gray, out_quant=quant),
        "flow": lambda: flow.run(gray, sensor[:side, :side], **out),
        "flow_image": lambda: first.set(gray),
        "flow_between": lambda: flow.between(first, second, **out),
        "motion": lambda: motion.run(flow_px, confidence, out=values),
        "slip_removal": lambda: remove_slip(flow_px, Slip(), out=flow_px),
        "one_euro": lambda: one_euro.step(smooth, next(times_ns), out=smooth),
    }


CALLS = frame_calls(64)
each_call = pytest.mark.parametrize("name", CALLS)


@each_call
def test_no_image_is_allocated_in_python(name):
    call = CALLS[name]
    call()
    tracemalloc.start()
    try:
        call()
        start = tracemalloc.get_traced_memory()[0]
        tracemalloc.reset_peak()
        for _ in range(20):
            call()
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak - start < SMALLEST_IMAGE_BYTES


MALLOC_COUNTER = """
#define _GNU_SOURCE
#include <stddef.h>
extern void* __libc_malloc(size_t);
extern void* __libc_calloc(size_t, size_t);
extern void* __libc_realloc(void*, size_t);
extern void* __libc_memalign(size_t, size_t);
static long count;
long large_allocations(void) { return count; }
static void note(size_t size) {
  if (size >= 1024) __atomic_add_fetch(&count, 1, __ATOMIC_RELAXED);
}
void* malloc(size_t size) { note(size); return __libc_malloc(size); }
void* calloc(size_t n, size_t size) { note(n * size); return __libc_calloc(n, size); }
void* realloc(void* old, size_t size) { note(size); return __libc_realloc(old, size); }
void* memalign(size_t at, size_t size) { note(size); return __libc_memalign(at, size); }
void* aligned_alloc(size_t at, size_t size) { return memalign(at, size); }
int posix_memalign(void** to, size_t at, size_t size) {
  *to = memalign(at, size);
  return *to ? 0 : 12;
}
"""


@pytest.fixture(scope="module")
def malloc_counter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library that counts the larger allocations of a program it is loaded before."""
    compiler = next(filter(None, map(shutil.which, ("cc", "gcc", "clang"))), None)
    is_glibc = sys.platform == "linux" and hasattr(ctypes.CDLL(None), "gnu_get_libc_version")
    if compiler is None or not is_glibc:
        pytest.skip("needs a C compiler and the GNU C library")
    folder = tmp_path_factory.mktemp("malloc_counter")
    (folder / "count.c").write_text(MALLOC_COUNTER)
    library = folder / "libcount.so"
    flags = ["-O1", "-shared", "-fPIC", "-o", library]
    subprocess.run([compiler, *flags, folder / "count.c"], check=True)
    return library


def count_large_allocations() -> None:
    """Write, for each call, how many allocations of 1 KiB or more 50 calls made; in a child."""
    counter = ctypes.CDLL(None).large_allocations
    counts = {}
    for name, call in frame_calls().items():
        for _ in range(5):
            call()
        before = counter()
        for _ in range(50):
            call()
        counts[name] = counter() - before
    before = counter()
    kept = np.zeros(2048, np.uint8)
    counts[f"an array of {kept.size}"] = counter() - before
    sys.stdout.write(json.dumps(counts))


def test_nothing_is_allocated_behind_pythons_back(malloc_counter):
    program = f"import runpy; runpy.run_path({__file__!r})['count_large_allocations']()"
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ
        | {"LD_PRELOAD": str(malloc_counter), "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    counts = json.loads(done.stdout)
    assert counts.pop("an array of 2048") >= 1  # it does count
    assert counts == dict.fromkeys(CALLS, 0)


@contextmanager
def ticking() -> Iterator[Callable[[], int]]:
    """A thread that counts as long as it may; gives a function that tells how far it is."""
    ticks = [0]
    stop = threading.Event()

    def tick() -> None:
        while not stop.is_set():
            ticks[0] += 1
            time.sleep(1e-4)

    thread = threading.Thread(target=tick)
    interval = sys.getswitchinterval()
    # So long that the interpreter never changes threads by itself: only a call that lets go of
    # its lock lets the other thread run.
    sys.setswitchinterval(60)
    thread.start()
    try:
        yield lambda: ticks[0]
    finally:
        stop.set()
        sys.setswitchinterval(interval)
        thread.join()


def goes_on_during(call: Call) -> bool:
    """True if another thread got on during one of many calls."""
    with ticking() as ticks:
        for _ in range(400):
            before = ticks()
            call()
            if ticks() > before:
                return True
            time.sleep(2e-4)
    return False


@pytest.mark.parametrize("name", [name for name in CALLS if name != "one_euro"])
def test_other_threads_go_on_during_a_call(name):
    call = frame_calls(512)[name]
    assert goes_on_during(call)


def test_a_call_that_keeps_the_lock_would_be_noticed():
    assert not goes_on_during(lambda: sum(range(2000)))
