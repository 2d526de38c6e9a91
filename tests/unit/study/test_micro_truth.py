from __future__ import annotations

from mien.capture.cues import Cue
from mien.study.micro_truth import judged_spans, micro_truths

MS = 1_000_000


def cue(start_ms, end_ms, kind, name=""):
    return Cue(start_ms * MS, end_ms * MS, kind, name)


CUES = [
    cue(0, 1000, "neutral"),
    cue(1000, 2000, "take", "jaw_drop"),
    cue(2000, 4000, "neutral"),
    cue(4000, 4300, "spontaneous"),
    cue(4300, 6000, "neutral"),
    cue(6000, 8000, "spontaneous"),
    cue(8000, 10_000, "neutral"),
]


def write_scene(folder, intensity_at):
    times_ms = range(0, 10_000, 20)
    rows = ["t_ns,emotion,emotion_intensity"]
    rows += [f"{t_ms * MS},x,{intensity_at(t_ms):.5f}" for t_ms in times_ms]
    (folder / "truth_scene.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")


def test_long_expressions_and_takes_are_not_judged():
    assert judged_spans(CUES) == [(2000 * MS, 5700 * MS), (8300 * MS, 10_000 * MS)]


def test_a_micro_expression_is_where_it_shows(tmp_path):
    bumps = {4000: 0.2, 6500: 0.9}

    def intensity(t_ms):
        return sum(h * max(0.0, 1 - abs(t_ms - at - 100) / 100) for at, h in bumps.items())

    write_scene(tmp_path, intensity)
    found = micro_truths(tmp_path, CUES)
    assert len(found) == 1  # the other lies in a long expression
    assert (found[0].onset_ns, found[0].apex_ns) == (4020 * MS, 4100 * MS)
    assert found[0].offset_ns == 4180 * MS
    assert found[0].intensity == 0.2


def test_a_session_without_that_truth_says_so(tmp_path):
    assert micro_truths(tmp_path, CUES) is None
