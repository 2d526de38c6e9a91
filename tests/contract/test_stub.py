"""`_core.pyi` says what the compiled module is: same names, same parameters, same dtypes.

The binary side is read from the signatures that pybind11 writes into docstrings.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import NamedTuple

import pytest

from mien import _core


class Parameter(NamedTuple):
    """One parameter, as far as both sides can tell it."""

    name: str
    is_keyword_only: bool
    has_default: bool
    kind: str
    """`uint8`.. for arrays, `int`, `float`, `bool`, `str`; empty for what is not compared."""


Signatures = dict[str, list[Parameter]]


def kind_of(annotation: str) -> str:
    """The comparable part of an annotation, in the stub's or in pybind11's spelling."""
    if array := re.fullmatch(r"(?:numpy\.typing\.)?NDArray\[(?:np|numpy)\.(\w+)\]", annotation):
        return array.group(1)
    simple = (
        annotation.split(" | ", maxsplit=1)[0].removeprefix("typing.").removeprefix("builtins.")
    )
    simple = {"SupportsInt": "int", "SupportsFloat": "float"}.get(simple, simple)
    return simple if simple in {"int", "float", "bool", "str"} else ""


def parameters_of(text: str) -> list[Parameter]:
    """The parameters of a `def` line, given as text, without `self`."""
    function = ast.parse(text).body[0]
    assert isinstance(function, ast.FunctionDef)
    given = function.args
    positional = [*given.posonlyargs, *given.args]
    defaults: list[ast.expr | None] = [None] * (len(positional) - len(given.defaults))
    rows = [
        *zip(positional, [*defaults, *given.defaults], [False] * len(positional), strict=True),
        *zip(given.kwonlyargs, given.kw_defaults, [True] * len(given.kwonlyargs), strict=True),
    ]
    return [
        Parameter(
            name=argument.arg,
            is_keyword_only=is_keyword_only,
            has_default=default is not None,
            kind=kind_of(ast.unparse(argument.annotation)) if argument.annotation else "",
        )
        for argument, default, is_keyword_only in rows
        if argument.arg != "self"
    ]


def signatures_in_binary() -> Signatures:
    """`name` or `Class.name` -> its parameters, from the compiled module."""
    found: Signatures = {}
    for name, value in vars(_core).items():
        if name.startswith("__"):
            continue
        members = {name: value} if not isinstance(value, type) else methods_of(name, value)
        for path, member in members.items():
            line = (member.__doc__ or "").splitlines()[0]
            found[path] = parameters_of(f"def {line.partition(' -> ')[0]}: ...")
    return found


def methods_of(name: str, kind: type) -> dict[str, object]:
    """The methods that a bound class has of its own."""
    own = {n: v for n, v in vars(kind).items() if n == "__init__" or not n.startswith("_")}
    return {f"{name}.{n}": v for n, v in own.items()}


def signatures_in_stub(text: str) -> Signatures:
    """The same, from the text of the stub."""
    found: Signatures = {}
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef):
            found[node.name] = parameters_of(ast.unparse(node))
        elif isinstance(node, ast.ClassDef):
            for method in (n for n in node.body if isinstance(n, ast.FunctionDef)):
                found[f"{node.name}.{method.name}"] = parameters_of(ast.unparse(method))
    return found


@pytest.fixture(scope="module")
def stub(root: Path) -> Signatures:
    return signatures_in_stub((root / "sdk/mien/_core.pyi").read_text(encoding="utf-8"))


def test_the_stub_names_what_the_binary_has(stub: Signatures):
    assert sorted(stub) == sorted(signatures_in_binary())


def test_the_stubs_parameters_are_the_binarys(stub: Signatures):
    binary = signatures_in_binary()
    for path, parameters in stub.items():
        assert [p._replace(kind="") for p in parameters] == [
            p._replace(kind="") for p in binary[path]
        ], path


def test_the_stubs_types_are_the_binarys(stub: Signatures):
    binary = signatures_in_binary()
    for path, parameters in stub.items():
        for ours, theirs in zip(parameters, binary[path], strict=True):
            if ours.kind and theirs.kind:
                assert ours.kind == theirs.kind, f"{path}({ours.name})"
