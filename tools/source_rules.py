"""Rules about the source tree that no ready tool knows: sizes, names of files, stray paths."""

from __future__ import annotations

import fnmatch
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path, PurePosixPath
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]

MAX_FILE_LINES = 400
MAX_CPP_FUNCTION_LINES = 60
MAX_FILE_BYTES = 500_000
LARGE_FILES = {
    "sdk/mien/models/*.tflite": (4_000_000, "the model that ships with the package"),
    "sdk/mien/samples/*": (16_000_000, "the sample session that ships with the package"),
    "tests/golden/*": (2_000_000, "exact values recorded for comparison"),
    "tools/bench/face_pairs.npz": (3_000_000, "rendered pairs with exact flow"),
    "*.png": (1_500_000, "a picture that the README shows"),
}
"""Path pattern -> (most bytes, why it may be larger than `MAX_FILE_BYTES`)."""
CODE_SUFFIXES = {".py", ".pyi", ".h", ".hpp", ".inl", ".cpp", ".cc", ".cmake", ".sh"}
TEXT_SUFFIXES = CODE_SUFFIXES | {".md", ".toml", ".txt", ".yaml", ".yml", ".json", ".html", ""}
VAGUE_STEMS = {"utils", "util", "helpers", "helper", "common", "base", "manager", "misc", "core"}
# Slashes and dots in brackets, or this very line would break the rule.
_WORKPLACE = re.compile(r"(?<![\w.])[/](?:work|tmp/w)/|[.]{2}/shared/|[.]library/")


class Function(NamedTuple):
    """Where a C++ function stands, in lines counted from 1."""

    name: str
    first_line: int
    line_count: int


@cache
def tracked() -> tuple[str, ...]:
    """Paths of the files that are, or would be, committed; relative, with `/`."""
    asked = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    names = sorted({name for name in asked.stdout.split("\0") if name})
    return tuple(name for name in names if (ROOT / name).is_file())


def listed(*patterns: str) -> list[str]:
    """Tracked files whose name fits one of the patterns."""
    return [
        n for n in tracked() if any(fnmatch.fnmatch(PurePosixPath(n).name, p) for p in patterns)
    ]


def text_files() -> list[str]:
    """Tracked files that people read; the licence is not ours to spell."""
    return [n for n in tracked() if PurePosixPath(n).suffix in TEXT_SUFFIXES and n != "LICENSE"]


def problems() -> list[str]:
    """Every broken rule, as `path: what: expected .., got ..`."""
    return [words for name in tracked() for words in _file_problems(name)]


def _file_problems(name: str) -> Iterator[str]:
    path = PurePosixPath(name)
    yield from _large_file(name)
    if path.suffix in {".py", ".h", ".cpp", ".inl"} and path.stem.lower() in VAGUE_STEMS:
        yield f"{name}: file name: expected one that says what is inside, got {path.stem}"
    if path.suffix not in TEXT_SUFFIXES:
        return
    text = (ROOT / name).read_text(encoding="utf-8")
    for index, line in enumerate(text.splitlines(), start=1):
        if found := _WORKPLACE.search(line):
            yield f"{name}:{index}: path: expected none of one workplace, got {found.group()}"
    if path.suffix in CODE_SUFFIXES:
        yield from _long_code(name, text)


def _large_file(name: str) -> Iterator[str]:
    size = (ROOT / name).stat().st_size
    limits = [most for pattern, (most, _) in LARGE_FILES.items() if fnmatch.fnmatch(name, pattern)]
    most = max([MAX_FILE_BYTES, *limits])
    if size > most:
        yield f"{name}: file size: expected <= {most} bytes, got {size}"


def _long_code(name: str, text: str) -> Iterator[str]:
    count = len(text.splitlines())
    if count > MAX_FILE_LINES:
        yield f"{name}: file length: expected <= {MAX_FILE_LINES} lines, got {count}"
    if not name.endswith((".h", ".hpp", ".inl", ".cpp", ".cc")):
        return
    for function in cpp_functions(text):
        if function.line_count > MAX_CPP_FUNCTION_LINES:
            yield (
                f"{name}:{function.first_line}: length of {function.name}: "
                f"expected <= {MAX_CPP_FUNCTION_LINES} lines, got {function.line_count}"
            )


_NOT_CODE = re.compile(
    r"//[^\n]*|/\*.*?\*/|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])+'|^[ \t]*#(?:[^\n]*\\\n)*[^\n]*",
    re.DOTALL | re.MULTILINE,
)
_CONTAINER = re.compile(r"\b(namespace|class|struct|union|enum|extern)\b[^()]*$")
_FUNCTION = re.compile(r"([~\w:]+|operator\s*\S+?)\s*\((?:[^()]|\([^()]*\))*\)[^;{}=]*$")


def cpp_functions(text: str) -> list[Function]:
    """Every function body at namespace or class level, found by its braces.

    A scanner, not a parser: it counts lines of tidy code (clang-format has seen it) and need
    not understand more. Macros that hold a brace would mislead it, so they are blanked.
    """
    code = _NOT_CODE.sub(lambda found: re.sub(r"[^\n]", " ", found.group()), text)
    functions: list[Function] = []
    stack: list[Function | None] = []
    start = 0
    for found in re.finditer(r"[{};]", code):
        is_inside = any(stack)
        if found.group() == "{":
            head = code[start : found.start()]
            stack.append(None if is_inside else _function_at(head, code, start))
        elif found.group() == "}" and stack and (opened := stack.pop()):
            last_line = code.count("\n", 0, found.start()) + 1
            functions.append(opened._replace(line_count=last_line - opened.first_line + 1))
        if not any(stack):
            start = found.end()
    return functions


def _function_at(head: str, code: str, start: int) -> Function | None:
    """The function that the text before a `{` begins, if it begins one."""
    signature = _FUNCTION.search(head)
    if signature is None or _CONTAINER.search(head):
        return None
    offset = start + len(head) - len(head.lstrip())
    return Function(signature.group(1), code.count("\n", 0, offset) + 1, 0)
