"""The comparison of two runtimes can fail; `tools/check.py tflite` runs it on both."""

from __future__ import annotations

import numpy as np
import pytest

import tflite_parity
from tool_call import StepError

CODES = np.arange(20, dtype=np.float32).reshape(2, 10) / 256


def answers(units=CODES, **more):
    return {"runtime": np.array("x"), "eye/units": units, **more}


def test_the_same_bits_pass_and_other_kernels_may_differ_a_little():
    (line,) = tflite_parity.compared(answers(), answers(CODES + 3 / 256), answers())
    assert line == "eye/units: 2 crops, same bits; XNNPACK's kernels: 0.0117"


def test_one_other_bit_under_the_same_kernels_is_refused():
    other = CODES.copy()
    other[1, 3] += 1 / 256
    with pytest.raises(StepError, match=r"eye/units: expected the same bits .* got 0\.0039"):
        tflite_parity.compared(answers(), answers(), answers(other))


def test_far_answers_under_other_kernels_are_refused():
    with pytest.raises(StepError, match=r"expected at most 0\.05 from XNNPACK's, got 0\.0600"):
        tflite_parity.compared(answers(), answers(CODES + 0.06), answers())


def test_an_output_that_one_runtime_lacks_is_refused():
    more = answers(**{"mouth/units": CODES})
    with pytest.raises(StepError, match="outputs: expected those of LiteRT"):
        tflite_parity.compared(answers(), more, more)
