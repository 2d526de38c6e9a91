"""The same person again, and others in the same headset: what a verification set is made of (D1).

Sessions of one wearer each on a rig of its own would let a network tell rigs apart instead of
faces. With `Recipe.wearers_per_headset` a headset is handed round, and with `Recipe.visits` each
wearer comes back: another fit, pupil, daylight, motion; the same face.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from mien.synth.look import CameraLook, Look
    from mien.synth.recipe import Recipe

_HEADSET, _VISIT = 11, 12
"""Keep the streams of chance apart from those of wearers."""


class Visit(NamedTuple):
    """Which session of a recipe: who, the how manyth time, in whose headset."""

    person: int
    number: int
    headset: int


def visit_of(recipe: Recipe, wearer: int) -> Visit:
    """Whose session number `wearer` of a recipe is."""
    person, number = divmod(wearer, recipe.visits)
    return Visit(person, number, person // recipe.wearers_per_headset)


def seeds_of(recipe: Recipe, wearer: int, split_code: int) -> list[np.random.SeedSequence]:
    """Of the rig, the look, the motion, the slip and the sensor, in this order."""
    visit = visit_of(recipe, wearer)
    person = [recipe.seed, split_code, visit.person]
    seeds = np.random.SeedSequence(person).spawn(5)
    if visit.number:
        again = np.random.SeedSequence([*person, visit.number, _VISIT]).spawn(5)
        seeds[2:] = again[2:]
    if recipe.wearers_per_headset > 1:
        shared = np.random.SeedSequence([recipe.seed, split_code, visit.headset, _HEADSET])
        seeds[0] = shared.spawn(1)[0]
    return seeds


def seen_again(look: Look, other: Look, rng: np.random.Generator) -> Look:
    """A person's look with another's cameras and light: a headset that was handed on.

    Args:
        look: Whose face, eyes and glasses are kept.
        other: Whose cameras, light and facial interface are taken.
        rng: Draws what changes from day to day; consumed.
    """
    iris = look.eye.iris_radius
    return replace(
        look,
        cameras={name: _today(camera, rng) for name, camera in other.cameras.items()},
        goggle=other.goggle,
        eye=replace(look.eye, pupil_radius=iris * rng.uniform(0.26, 0.62)),
        cloth=max(0.0, rng.uniform(-0.12, 0.9)),
    )


def _today(camera: CameraLook, rng: np.random.Generator) -> CameraLook:
    return replace(
        camera,
        ambient=camera.ambient * rng.uniform(0.6, 1.6),
        exposure_level=camera.exposure_level * rng.uniform(0.9, 1.1),
        background=camera.background * rng.uniform(0.5, 1.5),
    )
