"""Adapting to one wearer: drawn faces whose mouth opens less far than those the toys learnt."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="needs torch")

from tests.unit.train.conftest import SIDE, STEP_NS, draw_eye, draw_mouth

from mien import schema
from mien.capture.cues import Cue
from mien.capture.session import open_session
from mien.capture.session_writer import SessionWriter
from mien.errors import ConfigError, TrainError
from mien.train.adapt import AdaptConfig, adapt, later_halves
from mien.train.adaptation_steps import BLOCK, BOUND, GAINS, STEPS, wearer_steps
from mien.train.checkpoint import load_trained
from mien.train.personal import adapt_run, personalise
from mien.train.wearer import exact_labels, lessons_of, maps_of, meet
from mien.types import Frame, centred_camera

pytestmark = pytest.mark.train

SHOWN = 0.5
"""The share of each movement that this wearer's face shows."""
REST, TAKE, FREE = 15, 30, 40
"""Frames of each stretch."""
TAKES = ("jaw_drop", "lid_closure", "lip_corner_puller")
CONFIG = AdaptConfig(fps=25.0, epochs=12, learning_rate=3e-3, batch=32)


def _plan(seed: int) -> tuple[list[Cue], np.ndarray]:
    """Cues, and a value per frame for jaw, lids and lip corners."""
    rng = np.random.default_rng(seed)
    cues, rows = [], []
    for place, name in enumerate(TAKES):
        rise = np.sin(np.linspace(0, np.pi, TAKE))
        for kind, count in (("neutral", REST), ("take", TAKE)):
            start = len(rows) * STEP_NS
            cues.append(Cue(start, start + count * STEP_NS, kind, name if kind == "take" else ""))
            rows += [np.eye(3)[place] * (rise[k] if kind == "take" else 0) for k in range(count)]
    start = len(rows) * STEP_NS
    cues.append(Cue(start, start + FREE * STEP_NS, "spontaneous"))
    bell = np.sin(np.linspace(0, np.pi, FREE)) * rng.uniform(0.6, 1)
    rows += [np.eye(3)[0] * value for value in bell]
    return cues, np.array(rows, np.float32)


def _write(path: Path, *, seed: int = 0) -> Path:
    cues, moves = _plan(seed)
    rng = np.random.default_rng(0)
    rig = {
        "eye_left": centred_camera(SIDE, SIDE),
        "eye_right": centred_camera(SIDE, SIDE, is_mirrored=True),
        "mouth": centred_camera(SIDE, SIDE),
    }
    truth = np.zeros((len(moves), schema.VALUE_COUNT), np.float32)
    for name, column in zip(TAKES, moves.T, strict=True):
        for value in schema.value_names(schema.UNIT_BY_NAME[name]):
            truth[:, schema.VALUE_INDEX[value]] = column
    t_ns = np.arange(len(moves), dtype=np.int64) * STEP_NS
    with SessionWriter(path, rig, meta={"wearer": path.name, "fps": 25.0}) as writer:
        for t, (jaw, lid, corner) in zip(t_ns.tolist(), (moves * SHOWN).tolist(), strict=True):
            eye = draw_eye(lid, 0.0, 0.0, rng)
            writer.add(Frame("eye_left", t, eye))
            writer.add(Frame("eye_right", t, np.ascontiguousarray(eye[:, ::-1])))
            writer.add(Frame("mouth", t, draw_mouth(jaw, corner, corner, rng)))
        writer.write_truth(t_ns, truth)
        writer.write_cues(cues)
    return path


@pytest.fixture(scope="module")
def base(toy_model):
    return load_trained(toy_model)


@pytest.fixture(scope="module")
def session(tmp_path_factory):
    return open_session(_write(tmp_path_factory.mktemp("wearer") / "shy"))


@pytest.fixture(scope="module")
def wearer(session, base):
    return meet(session, base.preprocess, is_judged=True)


@pytest.fixture(scope="module")
def maps(base, wearer):
    return maps_of(base.networks, wearer, preprocess=base.preprocess)


def test_footage_is_what_comes_before_the_free_stretch(wearer):
    assert wearer.end_ns == len(TAKES) * (REST + TAKE) * STEP_NS
    mouth = wearer.sights["mouth"]
    footage = wearer.footage()["mouth"]
    assert len(footage.t_ns) == len(mouth.t_ns) - FREE
    assert footage.t_ns.max() < wearer.end_ns


def test_every_frame_stands_beside_the_neutral_of_its_time(wearer):
    mouth = wearer.sights["mouth"]
    assert (np.diff(mouth.neutral) >= 0).all()
    pairs = mouth.pairs(np.array([0, 5]))
    assert (pairs[0, 0] == pairs[0, 1]).all()
    assert (pairs[1, 1] == mouth.neutrals[mouth.neutral[5]]).all()
    assert (mouth.pairs(np.array([5]), unknown_code=-7)[0, 1] == -7).all()


def test_halves_split_every_cue():
    cue = np.array([1, 1, 1, 1, 2, 2, 1001, 1001, 1001])
    late = later_halves(cue)
    assert late.tolist() == [False, False, True, True, False, True, False, True, True]


def test_adapting_reduces_the_error_of_a_wearer_who_shows_less(base, session, wearer, maps):
    personal = personalise(base, wearer, exact_labels(session), maps=maps, config=CONFIG)
    fit = personal.fits["mouth"]
    assert fit.epochs > 0
    assert fit.reason == ""
    assert fit.error_after < 0.7 * fit.error_before


def test_the_base_stays_as_it_is(base, session, wearer, maps):
    before = {key: value.clone() for key, value in base.networks["mouth"].state_dict().items()}
    personal = personalise(base, wearer, exact_labels(session), maps=maps, config=CONFIG)
    after = base.networks["mouth"].state_dict()
    assert all((before[key] == after[key]).all() for key in before)
    changed = {
        key for key, value in personal.model.networks["mouth"].state_dict().items()
        if not (value == before[key]).all()
    }  # fmt: skip
    assert changed
    # Statistics of normalisation and everything before the last block are the base's.
    last = f"body.{len(base.networks['mouth'].body) - 1}."
    assert all(key.startswith((last, "head.")) for key in changed)
    assert not any("running" in key for key in changed)


@pytest.mark.parametrize(
    ("depth", "allowed"), [("output", ("head.3.",)), ("hidden", ("head.1.", "head.3."))]
)
def test_a_shallower_fit_changes_less(base, session, wearer, maps, depth, allowed):
    network = base.networks["mouth"]
    lessons = lessons_of("mouth", wearer, exact_labels(session), maps=maps, fps=25.0)
    fit = adapt(network, lessons, replace(CONFIG, depth=depth, least_r=0.0))
    assert fit.epochs > 0
    old, new = network.state_dict(), fit.network.state_dict()
    assert all(key.startswith(allowed) for key in old if not (old[key] == new[key]).all())


def test_what_comes_after_the_footage_changes_nothing(base, session, wearer, maps, tmp_path):
    other = open_session(_write(tmp_path / "shy", seed=9))
    truths = [one.truth().values for one in (session, other)]
    assert not np.array_equal(*truths)
    met = meet(other, base.preprocess, is_judged=True)
    other_maps = maps_of(base.networks, met, preprocess=base.preprocess)
    fits = [
        personalise(base, wearer, exact_labels(session), maps=maps, config=CONFIG),
        personalise(base, met, exact_labels(other), maps=other_maps, config=CONFIG),
    ]
    first, second = (fit.model.networks["mouth"].state_dict() for fit in fits)
    assert all((first[key] == second[key]).all() for key in first)


def test_labels_are_asked_for_the_footage_alone(base, wearer, maps):
    asked = []

    def labels(t_ns):
        asked.append(t_ns.max())
        nothing = np.zeros((len(t_ns), schema.VALUE_COUNT), np.float32)
        return nothing, nothing

    personal = personalise(base, wearer, labels, maps=maps, config=CONFIG)
    assert max(asked) < wearer.end_ns
    assert not personal.is_changed
    assert "too few" in personal.fits["mouth"].reason


def test_footage_whose_labels_do_not_fit_is_refused(base, session, wearer, maps):
    exact, rng = exact_labels(session), np.random.default_rng(3)

    def dealt(t_ns):
        values, weights = exact(t_ns)
        return rng.permutation(values), weights

    personal = personalise(base, wearer, dealt, maps=maps, config=CONFIG)
    assert not personal.is_changed
    assert "labels that are followed" in personal.fits["mouth"].reason
    assert personal.model.networks["mouth"] is base.networks["mouth"]


def test_steps_are_judged_on_what_follows(base, session):
    found = wearer_steps(session.path, base, CONFIG)
    assert list(found.got) == list(STEPS)
    assert {len(rows) for rows in found.got.values()} == {FREE}
    jaw = schema.VALUE_INDEX["jaw_drop"]
    errors = {
        step: np.abs(rows[:, jaw] - found.truth[:, jaw]).mean() for step, rows in found.got.items()
    }
    assert errors[BOUND] < 0.9 * errors[GAINS]
    assert set(found.told[BLOCK]["fits"]) == {"eye", "mouth"}


def test_a_run_is_not_adapted_by_footage_that_shows_nothing(toy_model, tmp_path):
    path = _write(tmp_path / "still")
    noise = np.random.default_rng(1)
    session = open_session(path)
    cues = session.cues()
    with SessionWriter(tmp_path / "blank", session.rig, meta={"wearer": "b", "fps": 25.0}) as out:
        for k in range(len(TAKES) * (REST + TAKE)):
            for camera in session.cameras:
                gray = np.clip(noise.normal(128, 8, (SIDE, SIDE)), 0, 255).astype(np.uint8)
                out.add(Frame(camera, k * STEP_NS, gray))
        out.write_cues([cue for cue in cues if cue.kind != "spontaneous"])
    with pytest.raises(TrainError, match="expected footage that makes a network better"):
        adapt_run(toy_model, tmp_path / "blank", tmp_path / "personal.tflite")
    assert not (tmp_path / "personal.tflite").exists()
    assert not (tmp_path / "personal.pt").exists()


@pytest.mark.parametrize(
    "setting", [{"depth": "all"}, {"learning_rate": 0}, {"pull": -1}, {"better_by": 2}]
)
def test_settings_out_of_range_are_refused(setting):
    with pytest.raises(ConfigError):
        AdaptConfig(**setting)
