"""The same face another day, and others in the same headset (D1)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mien.capture.session import open_session
from mien.synth.recipe import Recipe
from mien.synth.sessions import draw_session, render_sessions, session_name
from mien.synth.visits import visit_of

pytestmark = pytest.mark.data


def recipe_of(head_path, **changes):
    settings = {"wearers": 4, "visits": 2, "wearers_per_headset": 2, "seconds": 3.0, "fps": 20.0}
    return Recipe(head=head_path, max_resolution=120, seed=5, **(settings | changes))


def test_sessions_are_numbered_person_by_person():
    recipe = recipe_of(Path("any.npz"))
    visits = [tuple(visit_of(recipe, number)) for number in range(recipe.sessions)]
    assert visits == [
        *((0, 0, 0), (0, 1, 0), (1, 0, 0), (1, 1, 0)),
        *((2, 0, 1), (2, 1, 1), (3, 0, 1), (3, 1, 1)),
    ]
    names = [session_name(recipe, number) for number in (0, 1, 2)]
    assert names == ["train_5_w0000v0", "train_5_w0000v1", "train_5_w0001v0"]


def test_a_visit_keeps_the_face_and_the_headset_and_changes_the_day(head, head_path):
    recipe = recipe_of(head_path)
    first, again, other, elsewhere = (draw_session(head, recipe, n) for n in (0, 1, 2, 4))
    assert np.array_equal(first.mesh.rest_mm, again.mesh.rest_mm)
    assert np.array_equal(first.skin, again.skin)
    assert first.look.eye.iris_tone == again.look.eye.iris_tone
    assert first.plan.cameras == again.plan.cameras == other.plan.cameras
    assert first.look.eye.pupil_radius != again.look.eye.pupil_radius
    assert not np.array_equal(first.slip[:5], again.slip[:5])
    assert not np.array_equal(first.motion.values[:5], again.motion.values[:5])
    assert not np.array_equal(first.mesh.rest_mm, other.mesh.rest_mm)
    assert first.plan.cameras != elsewhere.plan.cameras


def test_one_visit_on_a_headset_of_ones_own_is_what_it_was_before(head, head_path):
    plain = recipe_of(head_path, visits=1, wearers_per_headset=1)
    twice = recipe_of(head_path, visits=2, wearers_per_headset=1)
    one, same = draw_session(head, plain, 1), draw_session(head, twice, 2)
    assert np.array_equal(one.motion.values, same.motion.values)
    assert one.plan.cameras == same.plan.cameras
    assert one.look == same.look


@pytest.mark.egl
def test_stills_are_every_nth_frame(head_path, tmp_path, request):
    request.getfixturevalue("needs_egl")
    whole = recipe_of(head_path, wearers=1, visits=1, wearers_per_headset=1)
    (path,) = render_sessions(tmp_path, recipe_of(head_path, **_stills(whole)))
    session = open_session(path)
    assert len(session.times_ns("mouth")) == len(range(0, len(session.truth()), 5))
    assert session.meta["headset"] == 0


def _stills(recipe):
    return {
        "wearers": recipe.wearers,
        "visits": recipe.visits,
        "wearers_per_headset": recipe.wearers_per_headset,
        "frame_step": 5,
    }
