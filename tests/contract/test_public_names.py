"""What `import mien` offers is a promise: a list somebody read, not what happened to be there."""

from __future__ import annotations

import inspect
from importlib import import_module
from pathlib import Path

import pytest

import mien

COMMITTED = Path(__file__).with_name("public_names.txt")


def test_public_names_equal_the_committed_list():
    committed = COMMITTED.read_text(encoding="utf-8").split()
    assert sorted(mien.__all__) == committed, f"if this is meant, edit {COMMITTED.name}"


def test_there_are_at_most_25_public_names():
    assert len(mien.__all__) <= 25


def test_nothing_else_can_be_reached_by_a_public_name():
    names = {name for name, value in vars(mien).items() if not inspect.ismodule(value)}
    public = {name for name in names if not name.startswith("_")} - {"annotations"}
    assert public - set(mien.__all__) == set()


def test_every_public_name_is_there_and_documented():
    undocumented = [
        name
        for name in mien.__all__
        if callable(getattr(mien, name)) and not inspect.getdoc(getattr(mien, name))
    ]
    assert undocumented == []


def test_every_public_name_is_found_where_it_is_defined():
    for name in mien.__all__:
        assert getattr(mien, name) is getattr(import_module(mien._HOME_OF[name]), name)
    assert set(mien._HOME_OF) == set(mien.__all__)
    assert set(mien.__all__) <= set(dir(mien))


def test_another_name_is_no_attribute():
    with pytest.raises(AttributeError, match="module 'mien' has no attribute 'Trackre'"):
        _ = mien.Trackre
