"""The first page of a labelling: every session, what was refused in it, and what failed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Final
from urllib.parse import quote

from mien.studio.page import cards, table, write_page

NAME: Final = "index.html"
SHOWN_VALUES: Final = 4
STYLE: Final = ".why{color:var(--bad)}td.faint{color:var(--faint)}"


@dataclass(frozen=True, slots=True)
class IndexRow:
    """One session."""

    name: str
    page: str
    """File name of its page, beside the index."""
    used: int
    """Takes."""
    refused: tuple[str, ...]
    """The value of each refused take."""
    rows: int
    """Measured labels."""


def write_index(folder: Path, rows: Sequence[IndexRow], failed: Mapping[str, str]) -> Path:
    """Write `index.html`.

    Args:
        folder: Where the pages are.
        rows: A session each.
        failed: Session -> why it could not be labelled.
    """
    heads = ("session", "takes used", "refused", "measured labels", "refused most")
    shown = [_row(row) for row in rows] + [_failure(*pair) for pair in failed.items()]
    facts = (
        (str(len(rows)), "sessions labelled"),
        (str(len(failed)), "sessions failed"),
        (f"{sum(row.used for row in rows):,}", "takes used"),
        (f"{sum(len(row.refused) for row in rows):,}", "takes refused"),
        (f"{sum(row.rows for row in rows):,}", "measured labels"),
    )
    body = f"<h1>Labels</h1>{cards(facts)}{table(heads, shown)}"
    return write_page(folder / NAME, title="labels", body=body, style=STYLE)


def _row(row: IndexRow) -> str:
    most = Counter(row.refused).most_common(SHOWN_VALUES)
    worst = ", ".join(f"{name.replace('_', ' ')} ({count})" for name, count in most)
    numbers = "".join(
        f'<td class="n">{number:,}</td>' for number in (row.used, len(row.refused), row.rows)
    )
    return (
        f'<tr><td><a href="{quote(row.page)}">{escape(row.name)}</a></td>{numbers}'
        f'<td class="faint">{escape(worst)}</td></tr>'
    )


def _failure(name: str, reason: str) -> str:
    return f'<tr><td>{escape(name)}</td><td class="why" colspan="4">{escape(reason)}</td></tr>'
