"""The rules about the source tree catch what they are for."""

from __future__ import annotations

import pytest

import source_rules

SHORT = "int Twice(int x) {\n  if (x > 0) {\n    return x + x;\n  }\n  return 0;\n}\n"


def test_a_function_is_measured_from_its_signature_to_its_closing_brace():
    found = source_rules.cpp_functions("namespace mien {\n\n" + SHORT + "}  // namespace mien\n")
    assert found == [source_rules.Function("Twice", 3, 6)]


def test_methods_constructors_and_qualified_names_are_functions():
    text = (
        "class Box {\n public:\n  Box() : side_{1} {}\n  int side() const noexcept {\n"
        "    return side_;\n  }\n  int side_ = 0;\n};\n"
        "void Box::Grow(int by) {\n  side_ += by;\n}\n"
    )
    names = [function.name for function in source_rules.cpp_functions(text)]
    assert {"side", "Box::Grow"} <= set(names)


@pytest.mark.parametrize(
    "text",
    [
        "struct Pair {\n  int a = 0;\n};\n",
        "enum class Status {\n  kOk,\n};\n",
        "constexpr int kTable[] = {1, 2, 3};\n",
        "// void Gone() {\n//}\n",
        'const char* kText = "void Shown() {";\n',
        "#define OPEN(x) void x() {\n",
    ],
)
def test_what_is_no_function_is_not_counted(text: str):
    assert source_rules.cpp_functions(text) == []


def test_an_overlong_function_is_reported_with_its_line():
    body = "  x += 1;\n" * (source_rules.MAX_CPP_FUNCTION_LINES + 1)
    found = source_rules.cpp_functions(f"int kOther = 1;\nvoid Long(int x) {{\n{body}}}\n")
    assert [(f.name, f.first_line) for f in found] == [("Long", 2)]
    assert found[0].line_count > source_rules.MAX_CPP_FUNCTION_LINES
