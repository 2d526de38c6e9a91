"""Every array of every per-frame call: what does not fit is refused, and no output is touched."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray

from mien.errors import ConfigError, FrameError
from mien.types import CameraModel
from mien.vision.flow import DenseFlow
from mien.vision.follow import Follower
from mien.vision.motion import (
    RegionMotion,
    Slip,
    fit_slip,
    fit_slips,
    remove_slip,
    remove_slips,
)
from mien.vision.preprocess import Preprocessor
from mien.vision.smoothing import OneEuro

HEIGHT, WIDTH, SIDE = 20, 24, 16
FLOW, PLANE, CROP = (HEIGHT, WIDTH, 2), (HEIGHT, WIDTH), (SIDE, SIDE)
GRAY, QUANT, REAL = np.uint8, np.int8, np.float32
Arrays = dict[str, NDArray[Any]]


class Entry(NamedTuple):
    """A call and the arrays it takes: name -> (shape, dtype)."""

    call: Callable[..., object]
    arrays: dict[str, tuple[tuple[int, ...], type]]
    in_place: tuple[str, str] = ("", "")
    """An output that may be the same array as an input."""


def preprocess() -> Entry:
    camera = CameraModel(
        width=WIDTH,
        height=HEIGHT,
        fx=30.0,
        fy=30.0,
        cx=11.5,
        cy=9.5,
        crop_xyxy_px=(2.0, 1.0, 22.0, 19.0),
    )
    arrays = {"frame": (PLANE, GRAY), "out_gray": (CROP, GRAY), "out_quant": (CROP, QUANT)}
    return Entry(Preprocessor(camera, size=SIDE).run, arrays)


def preprocess_yuyv() -> Entry:
    gray8 = preprocess()
    arrays = gray8.arrays | {"frame": ((HEIGHT, WIDTH, 2), GRAY)}
    return Entry(lambda **given: gray8.call(pixel_format="yuyv", **given), arrays)


def flow() -> Entry:
    arrays = {"previous": (PLANE, GRAY), "current": (PLANE, GRAY)}
    outputs = {"out_flow": (FLOW, REAL), "out_confidence": (PLANE, REAL)}
    return Entry(DenseFlow(HEIGHT, WIDTH).run, arrays | outputs)


def flow_between() -> Entry:
    flow = DenseFlow(HEIGHT, WIDTH)
    images = [flow.image().set(np.zeros(PLANE, GRAY)) for _ in range(2)]
    arrays = {"out_flow": (FLOW, REAL), "out_confidence": (PLANE, REAL)}
    return Entry(lambda **given: flow.between(*images, **given), arrays)


def flow_image() -> Entry:
    return Entry(DenseFlow(HEIGHT, WIDTH).image().set, {"gray": (PLANE, GRAY)})


def region_motion() -> Entry:
    everywhere = np.ones(PLANE, np.bool_)
    arrays = {"flow_px": (FLOW, REAL), "confidence": (PLANE, REAL), "out": ((2, 5), REAL)}
    return Entry(RegionMotion([everywhere, everywhere], everywhere).run, arrays)


def slip_fit() -> Entry:
    everywhere = np.ones(PLANE, np.bool_)
    arrays = {"flow_px": (FLOW, REAL), "confidence": (PLANE, REAL)}
    return Entry(lambda **given: fit_slip(reference=everywhere, **given), arrays)


def slip_removal() -> Entry:
    arrays = {"flow_px": (FLOW, REAL), "out": (FLOW, REAL)}
    return Entry(lambda **given: remove_slip(slip=Slip(), **given), arrays, ("flow_px", "out"))


def smoothing() -> Entry:
    filter_ = OneEuro(7)
    arrays = {"values": ((7,), REAL), "out": ((7,), REAL)}
    return Entry(lambda **given: filter_.step(t_ns=0, **given), arrays, ("values", "out"))


def follow() -> Entry:
    grid = (3, 2, 3)
    arrays = {"key": (PLANE, GRAY), "frames": ((3, *PLANE), GRAY)}
    outputs = {"out_moved": ((*grid, 2), REAL), "out_trust": (grid, REAL)}
    return Entry(Follower(HEIGHT, WIDTH, step_px=9).run, arrays | outputs)


def slip_fits() -> Entry:
    everywhere = np.ones(PLANE, np.bool_)
    arrays = {"flow_px": ((3, *FLOW), REAL), "confidence": ((3, *PLANE), REAL)}
    return Entry(lambda **given: fit_slips(reference=everywhere, **given), arrays)


def slip_removals() -> Entry:
    arrays = {"flow_px": ((3, *FLOW), REAL), "out": ((3, *FLOW), REAL)}
    remove = partial(remove_slips, slips=[Slip()] * 3)
    return Entry(remove, arrays, ("flow_px", "out"))


MAKERS = (preprocess, preprocess_yuyv, flow, flow_between, flow_image, follow, region_motion)
SLIP_MAKERS = (slip_fit, slip_fits, slip_removal, slip_removals)
ENTRIES = {make.__name__: make() for make in (*MAKERS, *SLIP_MAKERS, smoothing)}
SETS_BY_FLOW = {make.__name__ for make in SLIP_MAKERS}
"""Their flow says what size the others must have."""
CASES = [(name, array) for name, entry in ENTRIES.items() for array in entry.arrays]
WIDE = [(name, array) for name, array in CASES if ENTRIES[name].arrays[array][1] is REAL]
OUTPUTS = [(name, array) for name, array in CASES if array.startswith("out")]
each_array = pytest.mark.parametrize(("name", "array"), CASES)
each_output = pytest.mark.parametrize(("name", "array"), OUTPUTS)


def good_arrays(entry: Entry) -> Arrays:
    return {name: np.full(shape, 7, dtype) for name, (shape, dtype) in entry.arrays.items()}


def expect_refusal(entry: Entry, arrays: Arrays, error: type[Exception], match: str) -> None:
    before = {name: np.array(array) for name, array in arrays.items()}
    with pytest.raises(error, match=match):
        entry.call(**arrays)
    for name, array in arrays.items():
        assert np.array_equal(np.array(array), before[name])


@pytest.mark.parametrize("name", ENTRIES)
def test_arrays_that_fit_are_taken(name):
    ENTRIES[name].call(**good_arrays(ENTRIES[name]))


@each_array
def test_another_type_is_refused(name, array):
    entry = ENTRIES[name]
    shape, wanted = entry.arrays[array]
    others = {np.uint8, np.int8, np.uint16, np.float32, np.float64, np.bool_} - {wanted}
    for dtype in (*(np.dtype(other) for other in others), np.dtype(">f4")):
        bad = good_arrays(entry) | {array: np.zeros(shape, dtype)}
        expect_refusal(entry, bad, TypeError, f"{array}: expected")
    bad = good_arrays(entry) | {array: np.zeros(shape).tolist()}
    expect_refusal(entry, bad, TypeError, f"{array}: expected a NumPy array, got list")


def shapes_beside(shape: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    """Shapes one off along each axis, empty along it, and with an axis more or less."""
    for axis in range(len(shape)):
        for side in (shape[axis] - 1, shape[axis] + 1, 0):
            yield (*shape[:axis], side, *shape[axis + 1 :])
    yield (*shape, 1)
    yield shape[1:]


def test_masks_of_another_kind_are_refused():
    mask = np.ones(PLANE, np.bool_)
    rows: Any = mask.tolist()
    with pytest.raises(TypeError, match="reference: expected a NumPy array, got list"):
        RegionMotion([mask], rows)
    with pytest.raises(TypeError, match="region 0: expected a NumPy array, got list"):
        RegionMotion([rows], mask)
    with pytest.raises(TypeError, match="reference: expected a NumPy array, got list"):
        fit_slip(np.zeros(FLOW, REAL), np.zeros(PLANE, REAL), rows)
    with pytest.raises(ConfigError, match=r"reference: expected \(H, W\)"):
        RegionMotion([mask.ravel()], mask.ravel())
    with pytest.raises(ConfigError, match=r"reference: expected \(H, W\)"):
        RegionMotion([mask[:0]], mask[:0])
    with pytest.raises(ConfigError, match=r"region 0: expected shape \(20, 24\), got \(20, 25\)"):
        RegionMotion([np.ones((HEIGHT, WIDTH + 1), np.bool_)], mask)


def test_a_frame_must_have_the_shape_of_its_format():
    run = ENTRIES["preprocess"].call
    shapes = {"gray8": PLANE, "yuyv": (*PLANE, 2), "nv12": (30, WIDTH), "bgr8": (*PLANE, 3)}
    for name in shapes:
        for other, shape in shapes.items():
            frame = np.zeros(shape, GRAY)
            if other == name:
                run(frame, pixel_format=name)
                continue
            with pytest.raises(FrameError, match="frame: expected shape"):
                run(frame, pixel_format=name)
    with pytest.raises(FrameError, match=r"pixel_format: expected one of .*, got 'rgb8'"):
        run(np.zeros(PLANE, GRAY), pixel_format="rgb8")


def test_only_images_made_ready_are_taken_for_such():
    flow = DenseFlow(HEIGHT, WIDTH)
    ready = flow.image().set(np.zeros(PLANE, GRAY))
    gray: Any = np.zeros(PLANE, GRAY)
    with pytest.raises(TypeError, match="previous: expected a FlowImage, got ndarray"):
        flow.between(gray, ready)
    with pytest.raises(TypeError, match="current: expected a FlowImage, got NoneType"):
        flow.between(ready, None)  # type: ignore[arg-type]


@each_array
def test_another_shape_is_refused(name, array):
    entry = ENTRIES[name]
    shape, dtype = entry.arrays[array]
    sets_the_size = (name in SETS_BY_FLOW and array == "flow_px") or array == "frames"
    for other in shapes_beside(shape):
        bad = good_arrays(entry) | {array: np.full(other, 7, dtype)}
        expect_refusal(entry, bad, FrameError, ": expected" if sets_the_size else f"{array}: exp")


@each_array
def test_items_with_gaps_are_refused(name, array):
    entry = ENTRIES[name]
    shape, dtype = entry.arrays[array]
    wide = np.full((*shape[:-1], 2 * shape[-1]), 7, dtype)
    for gappy in (wide[..., ::2], np.full(shape, 7, dtype)[..., ::-1]):
        bad = good_arrays(entry) | {array: gappy}
        expect_refusal(entry, bad, FrameError, "contiguous")


@pytest.mark.parametrize(("name", "array"), WIDE)
def test_items_across_their_boundaries_are_refused(name, array):
    entry = ENTRIES[name]
    shape, dtype = entry.arrays[array]
    memory = np.zeros(np.prod(shape) * 4 + 1, np.uint8)
    askew = np.ndarray(shape, dtype, buffer=memory, offset=1)
    bad = good_arrays(entry) | {array: askew}
    expect_refusal(entry, bad, FrameError, "aligned")


@each_output
def test_a_read_only_output_is_refused(name, array):
    entry = ENTRIES[name]
    bad = good_arrays(entry)
    bad[array].flags.writeable = False
    expect_refusal(entry, bad, FrameError, f"{array}.*: expected a writeable array")


@each_output
def test_an_output_over_another_array_is_refused(name, array):
    entry = ENTRIES[name]
    shape, dtype = entry.arrays[array]
    for other, (other_shape, other_dtype) in entry.arrays.items():
        if other == array:
            continue
        arrays = good_arrays(entry)
        sizes = (arrays[array].nbytes, arrays[other].nbytes)
        memory = np.full(sum(sizes), 7, np.uint8)
        # All but the output's first item lies in the other array.
        item = np.dtype(dtype).itemsize
        arrays[array] = np.ndarray(shape, dtype, buffer=memory)
        arrays[other] = np.ndarray(other_shape, other_dtype, buffer=memory, offset=item)
        expect_refusal(entry, arrays, FrameError, "share no memory")
        arrays[other] = np.ndarray(other_shape, other_dtype, buffer=memory, offset=sizes[0])
        entry.call(**arrays)


def test_the_same_array_may_be_input_and_output():
    for entry in ENTRIES.values():
        source, output = entry.in_place
        if source:
            arrays = good_arrays(entry)
            entry.call(**arrays | {output: arrays[source]})


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("part", ["a", "b", "tx", "ty"])
def test_a_slip_that_is_no_number_is_refused(part, bad):
    flow_px = np.full(FLOW, 7, REAL)
    with pytest.raises(FrameError, match="expected finite a, b, tx, ty"):
        remove_slip(flow_px, Slip(**{part: bad}), out=flow_px)
    assert (flow_px == 7).all()
