"""The card of a model: every number in it is one of the inputs, or counted over them."""

from __future__ import annotations

import copy
import json
import random
import re
from pathlib import Path
from types import MappingProxyType

import pytest

from mien import schema
from mien.cli import main
from mien.config import PreprocessConfig
from mien.runtime.model import default_path
from mien.runtime.model_file import ModelInfo, read_model_file
from mien.study import card_text
from mien.study.model_card import model_card

NUMBER = re.compile(r"(?<![\w.,])-?\d+(?:,\d{3})*(?:\.\d+)?(?!\w)")


def unit_scores(rng, *, weak=()):
    return {
        name: {
            "r": rng.uniform(0.01, 0.49) if name in weak else rng.uniform(0.51, 0.99),
            "mae": rng.uniform(0.01, 0.2),
            "n": rng.randrange(1000, 9999),
        }
        for name in schema.VALUE_NAMES
    }


def scores(rng, **more):
    means = {"mean_r": rng.uniform(0.5, 1), "mean_mae": rng.uniform(0, 0.2)}
    return {"units": unit_scores(rng, **more), **means}


def session(rng, name, **about):
    return {"name": name, "instants": rng.randrange(1000, 9999), **about, **scores(rng)}


@pytest.fixture
def info():
    return ModelInfo(
        path=Path("some.tflite"),
        trained=tuple(n for n in schema.VALUE_NAMES if n != "tongue_out"),
        preprocess=PreprocessConfig(),
        fusion=MappingProxyType({}),
        training=MappingProxyType(
            {
                "run": "night",
                "seed": 7,
                "labels": "metric",
                "epochs": {"eye": 13, "mouth": 11},
                "samples": {"eye": 43210, "mouth": 19876},
                "start": {"run": "noon", "epochs": 6, "start": {"run": "dawn"}},
                "verification": {"clean_r": 0.8765, "covered_r": 0.7654, "kept": 0.8732},
                "data": {
                    "sessions": 23,
                    "wearers": 21,
                    "head": {"ict_facekit_light": 17, "clay_head": 6},
                },
            }
        ),
        metrics=MappingProxyType({}),
        body_bytes=345678,
        signatures=MappingProxyType({"eye": ("units",), "mouth": ("units",)}),
        heads=MappingProxyType(
            {"eye": {"aperture": {"r": 0.912, "n": 1234}, "fallback": {"jaw_drop": {"r": 0.4321}}}}
        ),
        fingerprint="aabbccddeeff0011",
    )


@pytest.fixture
def results(info):
    rng = random.Random(5)
    sessions = [
        session(rng, "a", head="ict_facekit_light", rig="ring", wearer="w", split="test"),
        session(rng, "b", head="makehuman_head_arkit", rig="ring", wearer="v", split="test"),
    ]
    return {
        "held_out": {
            **scores(rng, weak=("dimpler_left",)),
            "control": {"mean_r": 0.0123},
            "sessions": sessions,
            "groups": {
                "head": {
                    "ict_facekit_light": scores(rng, weak=("jaw_drop",)),
                    "makehuman_head_arkit": scores(rng),
                },
                "rig": {"ring": scores(rng)},
            },
            "model": {"name": "some.tflite", "fingerprint": info.fingerprint},
            "adapts": True,
        }
    }


PARITY = {
    "goals": {"mae": {"reached": 0.00123, "met": True}},
    "signatures": [{"signature": "eye", "multiply_adds": 8765432, "median_us": 234.6}],
}


def card(info, results, **more):
    given = {"file_bytes": 456789, "command": "mien card", "parity": PARITY} | more
    return model_card(info, results, **given)


def leaves(of):
    if isinstance(of, dict | MappingProxyType):
        return [leaf for one in of.values() for leaf in leaves(one)]
    if isinstance(of, list | tuple):
        return [leaf for one in of for leaf in leaves(one)]
    return [of]


def told(inputs):
    """Every way in which an input may be written."""
    formats = ("{}", "{:,}", "{:.0f}", "{:.3f}", "{:.4f}")
    numbers = [x for x in leaves(inputs) if isinstance(x, int | float)]
    words = [x for x in leaves(inputs) if isinstance(x, str)]
    written = {form.format(x) for x in numbers for form in formats if form != "{:,}" or x == int(x)}
    return written | {number for word in words for number in NUMBER.findall(word)}


def test_every_number_comes_from_the_inputs(info, results):
    page = card(info, results)
    sessions = results["held_out"]["sessions"]
    counts = [
        len(sessions),
        len({one["wearer"] for one in sessions}),
        sum(one["instants"] for one in sessions),
        len(info.trained),
        schema.VALUE_COUNT,
        info.preprocess.scale,
        info.preprocess.zero_point,
        info.body_bytes,
        456789,
    ]
    allowed = told([info.training, info.heads, results, PARITY, counts])
    for text in (card_text.INTENDED, card_text.FACTORS, card_text.METRICS, card_text.ETHICS,
                 card_text.CAVEATS):  # fmt: skip
        assert not NUMBER.findall(text), "words that are always the same hold no number"
        page = page.replace(text, "")
    fixed = {"0.5", "2.0", "256", "1.0", "0"}
    """The bound of a weak value, names of licences and of a hash."""
    found = set(NUMBER.findall(page))
    assert len(found) > 3 * schema.VALUE_COUNT, "the card must hold the values' numbers"
    assert found - allowed <= fixed


def test_another_number_gives_another_card(info, results):
    page = card(info, results)
    for change in (
        lambda r: r["units"]["jaw_drop"].update(r=0.777),
        lambda r: r["groups"]["rig"]["ring"].update(mean_mae=0.0777),
        lambda r: r["sessions"][1].update(mean_r=0.333),
        lambda r: r["control"].update(mean_r=0.0777),
    ):
        other = copy.deepcopy(results)
        change(other["held_out"])
        assert card(info, other) != page


def test_weak_values_are_listed(info, results):
    page = card(info, results)
    weak = results["held_out"]["units"]["dimpler_left"]["r"]
    assert f"r under 0.5 over all sessions: dimpler_left {weak:.3f}." in page
    on_head = results["held_out"]["groups"]["head"]["ict_facekit_light"]["units"]["jaw_drop"]["r"]
    assert f"r under 0.5 on ict_facekit_light besides: jaw_drop {on_head:.3f}." in page
    assert "Never taught: tongue_out." in page


def test_the_runs_that_it_goes_back_to_are_told(info, results):
    begun = "run noon (epochs: 6), begun with run dawn (epochs: unknown), begun with random weights"
    assert f"| begun with | {begun} |" in card(info, results)


def test_the_heads_are_told_one_by_one(info, results):
    page = card(info, results)
    assert "| eye: aperture | r 0.912, n 1,234 |" in page
    assert "| eye: fallback, jaw_drop | r 0.432 |" in page


def test_a_head_of_unknown_licence_is_told(info, results):
    page = card(info, results)
    assert "| MIT |" in page
    assert "| CC0-1.0 |" in page
    assert "**Of unknown origin and licence: clay_head.**" in page


def test_a_result_of_another_model_is_refused(info, results):
    results["held_out"]["model"]["fingerprint"] = "0"
    with pytest.raises(ValueError, match=r"expected a result of .* with model aabb"):
        card(info, results)


def test_a_result_of_an_older_version_is_refused(tmp_path, capsys):
    old = tmp_path / "old.json"
    old.write_text(json.dumps({"units": {}, "mean_r": None}), encoding="utf-8")
    assert main(["card", "--metrics", str(old), "--out", str(tmp_path / "card.md")]) == 2
    assert "expected a result of `mien evaluate --json`" in capsys.readouterr().err
    assert not (tmp_path / "card.md").exists()


def test_the_shipped_card_is_of_the_shipped_model():
    """Another model needs another card: `mien card --metrics ... --out` writes it."""
    _, info = read_model_file(default_path())
    page = default_path().with_name("MODEL_CARD.md").read_text(encoding="utf-8")
    assert f"`{info.fingerprint}` (SHA-256 of the flatbuffer)" in page
