from __future__ import annotations

import numpy as np

from mien.config import CROP_SIZE
from mien.runtime.neutral import FIRST_WINDOW_S, WINDOW_S, NeutralCrop

STEP_NS = 40_000_000


def crop(code):
    return np.full((CROP_SIZE, CROP_SIZE), code, np.int8)


def show(neutral, activities, *, start_ns=0, first_code=1):
    """Offer crops of codes 1, 2, ... wherever one is due; returns the time after them."""
    t_ns = start_ns
    for code, activity in enumerate(activities, first_code):
        if neutral.is_due(t_ns):
            neutral.offer(crop(code), activity=activity, t_ns=t_ns)
        t_ns += STEP_NS
    return t_ns


def window(seconds):
    return int(seconds * 1e9 / STEP_NS) + 2


def test_the_quietest_crop_of_the_first_window_is_the_neutral():
    neutral = NeutralCrop()
    assert neutral.crop is None
    activities = [0.9] * window(FIRST_WINDOW_S)
    activities[4] = 0.2
    show(neutral, activities)
    assert neutral.crop is not None
    assert neutral.crop[0, 0] == 5


def test_a_held_smile_does_not_become_the_neutral():
    neutral = NeutralCrop()
    t_ns = show(neutral, [0.1] * window(FIRST_WINDOW_S))
    show(neutral, [0.9] * window(2 * WINDOW_S), start_ns=t_ns, first_code=-90)
    assert neutral.crop[0, 0] == 1


def test_a_face_that_is_quiet_again_renews_the_neutral():
    neutral = NeutralCrop()
    t_ns = show(neutral, [0.1] * window(FIRST_WINDOW_S))
    show(neutral, [0.12] * window(WINDOW_S + 1), start_ns=t_ns, first_code=-90)
    assert neutral.crop[0, 0] < 0


def test_after_a_slip_the_next_window_gives_the_neutral_whatever_its_activity():
    neutral = NeutralCrop()
    t_ns = show(neutral, [0.1] * window(FIRST_WINDOW_S))
    neutral.forget()
    assert neutral.crop[0, 0] == 1, "the old one serves until then"
    show(neutral, [0.6] * window(WINDOW_S + 1), start_ns=t_ns, first_code=-90)
    assert neutral.crop[0, 0] < 0


def test_a_capture_clock_that_goes_back_does_not_stop_the_search():
    neutral = NeutralCrop()
    show(neutral, [0.3] * window(FIRST_WINDOW_S), start_ns=10**12)
    assert neutral.is_due(0)
    show(neutral, [0.1] * window(WINDOW_S + 1), first_code=-90)
    assert neutral.crop[0, 0] < 0
