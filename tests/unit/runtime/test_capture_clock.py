from __future__ import annotations

from mien.runtime.capture_clock import AHEAD_LIMIT_NS, JUMP_LIMIT_NS, PROOF_FRAMES, CaptureClock

S = 1_000_000_000


def kinds(clock, times, *, face_ns=None):
    faults = [clock.admit(t_ns, face_ns=face_ns) for t_ns in times]
    return ["" if fault is None else fault.kind for fault in faults]


def test_a_clock_takes_increasing_times_only():
    assert kinds(CaptureClock(), (5, 6, 6, 4, 7)) == ["", "", "duplicate", "late", ""]


def test_one_time_far_ahead_does_not_shut_the_camera_out():
    assert kinds(CaptureClock(), (0, 10 * JUMP_LIMIT_NS, 1)) == ["", "clock", ""]


def test_a_new_clock_is_believed_after_some_frames_in_order():
    clock = CaptureClock()
    times = (10**12, *range(PROOF_FRAMES + 2))
    assert kinds(clock, times) == ["", *["late"] * (PROOF_FRAMES - 1), "", "", ""]
    assert clock.offset_ns == 0


def test_a_time_far_from_that_of_the_other_cameras_is_doubted():
    face_ns = 50 * S
    for t_ns in (face_ns + AHEAD_LIMIT_NS + 1, face_ns - AHEAD_LIMIT_NS - 1, 0):
        assert kinds(CaptureClock(), (t_ns,), face_ns=face_ns) == ["clock"]
    assert kinds(CaptureClock(), (face_ns - AHEAD_LIMIT_NS,), face_ns=face_ns) == [""]


def test_a_camera_that_lags_behind_the_others_is_believed_in_its_own_order():
    clock = CaptureClock()
    assert kinds(clock, (49 * S + 1,), face_ns=50 * S) == [""]
    assert kinds(clock, (49 * S + 2,), face_ns=60 * S) == [""]


def test_a_new_clock_that_happens_to_go_on_after_the_old_one_is_doubted_too():
    clock = CaptureClock()
    kinds(clock, range(PROOF_FRAMES), face_ns=50 * S)
    assert kinds(clock, (30 * S,), face_ns=100 * S) == ["clock"]


def test_a_proven_new_clock_is_carried_over_to_the_face():
    clock = CaptureClock()
    kinds(clock, (50 * S,))
    assert kinds(clock, range(PROOF_FRAMES), face_ns=51 * S)[-1] == ""
    assert clock.offset_ns == 51 * S - (PROOF_FRAMES - 1)
    assert clock.is_believed
