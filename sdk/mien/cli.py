"""The command line: finds the subcommand and turns what goes wrong into an exit status.

Exit status: 0 done; 1 done, and the result is bad; 2 it could not be done (the reason is on
standard error).
"""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Sequence
from itertools import chain
from typing import Any, Final

from mien.commands import (
    adapt,
    bench,
    capture,
    doctor,
    evaluate,
    label,
    model_card,
    parity,
    study,
    sweep,
    synth,
    track,
    train,
)
from mien.commands.command import Command
from mien.errors import MienError

FAILED, INTERRUPTED = 2, 130
EXTRA_OF_MODULE: Final = {
    "cv2": "camera",
    "rich": "studio",
    "matplotlib": "studio",
    "moderngl": "synth",
    "ray": "ray",
    "torch": "train",
    "litert_torch": "train",
    "ai_edge_quantizer": "train",
    "pyarrow": "train",
}
COMMANDS: Final[dict[str, Command]] = {
    command.name: command
    for command in chain(
        track.COMMANDS,
        capture.COMMANDS,
        synth.COMMANDS,
        label.COMMANDS,
        train.COMMANDS,
        sweep.COMMANDS,
        adapt.COMMANDS,
        evaluate.COMMANDS,
        study.COMMANDS,
        parity.COMMANDS,
        model_card.COMMANDS,
        bench.COMMANDS,
        doctor.COMMANDS,
    )
}
GROUPS: Final = {"session": "Look after sessions.", "study": "Measure how good mien is."}
"""First words that are no subcommand themselves."""


def parser() -> argparse.ArgumentParser:
    """The whole command line."""
    top = argparse.ArgumentParser(
        prog="mien", description="Facial-expression values from headset cameras."
    )
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    groups = {word: _add_group(commands, word, text) for word, text in GROUPS.items()}
    for command in COMMANDS.values():
        group, _, action = command.name.partition(" ")
        if group in groups:
            _add_command(groups[group], action, command)
        else:
            _add_command(commands, command.name, command)
    return top


def _add_group(commands: Any, word: str, text: str) -> Any:  # noqa: ANN401 - argparse hides it
    group = commands.add_parser(word, help=text)
    return group.add_subparsers(dest="action", required=True, metavar="ACTION")


def _add_command(commands: Any, name: str, command: Command) -> None:  # noqa: ANN401 - as above
    text = command.run.__doc__
    one = commands.add_parser(name, help=text, description=text)
    for option, settings in command.options:
        one.add_argument(option, **settings)
    one.set_defaults(execute=command.run)


def _with_joined_command(arguments: Sequence[str] | None) -> list[str]:
    """`synth` takes a folder of any name, so `synth import-ict` is a command of its own.

    So is `bench compare`, since `bench` alone measures.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    joined = " ".join(words[:2])
    is_own = joined in COMMANDS and words[0] not in GROUPS
    return [joined, *words[2:]] if is_own else words


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one subcommand and return the exit status."""
    given = parser().parse_args(_with_joined_command(arguments))
    logging.basicConfig(format="mien: %(message)s", level=logging.WARNING)
    try:
        status: int = given.execute(given)
    except MienError as exc:
        print(f"mien: {exc}", file=sys.stderr)
        return FAILED
    except OSError as exc:
        print(f"mien: {exc}", file=sys.stderr)
        return FAILED
    except ModuleNotFoundError as exc:
        extra = EXTRA_OF_MODULE.get((exc.name or "").partition(".")[0])
        if extra is None:
            raise
        print(f"mien: {exc.name} is missing; pip install 'mien[{extra}]'", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED
    return status
