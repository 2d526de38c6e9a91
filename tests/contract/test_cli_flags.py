"""Commands and flags are a promise too: scripts call them."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from mien.cli import parser

COMMITTED = Path(__file__).with_name("cli_flags.txt")


def flags(of: argparse.ArgumentParser) -> Iterator[str]:
    """One line per command and argument, `mien track --out (required)`."""
    for action in of._actions:
        if isinstance(action, argparse._SubParsersAction):
            for command in action.choices.values():
                yield command.prog
                yield from flags(command)
        elif not isinstance(action, argparse._HelpAction):
            name = (
                action.option_strings[0]
                if action.option_strings
                else (action.metavar or action.dest)
            )
            yield f"{of.prog} {name}{' (required)' if action.required else ''}"


def test_the_command_line_is_the_committed_one():
    committed = COMMITTED.read_text(encoding="utf-8").splitlines()
    assert sorted(flags(parser())) == committed, f"if this is meant, edit {COMMITTED.name}"
