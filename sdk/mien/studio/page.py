"""The look of our HTML pages: one file each, nothing loaded from outside."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path
from typing import Final

import cv2

from mien.types import Gray8

STYLE: Final = """
:root{--paper:#10141c;--card:#171d29;--ink:#e6e9ef;--faint:#8a94a6;--line:#2a3242;--left:#5cc8ff;
--right:#ff9d5c;--middle:#b4e06a;--bad:#ff6b6b}
@media (prefers-color-scheme: light){:root{--paper:#f7f8fa;--card:#fff;--ink:#1b2230;
--faint:#667085;--line:#dfe3ea;--left:#0a7fbd;--right:#c45a12;--middle:#4f7d12;--bad:#c62828}}
body{background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,sans-serif;margin:0 auto;
max-width:1240px;padding:2rem}
h1{font-size:1.7rem;margin:0}h2{font-size:1.15rem;margin:2.2rem 0 .6rem}
p{color:var(--faint);margin:.3rem 0}a{color:var(--left)}
.cards{display:flex;gap:1rem;flex-wrap:wrap;margin:1.4rem 0}
.card{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:.8rem 1.2rem}
.card b{display:block;font-size:1.6rem}.card span{color:var(--faint);font-size:.85rem}
table{border-collapse:collapse;background:var(--card);border-radius:10px;overflow:hidden}
th,td{padding:.22rem .9rem;text-align:left;border-bottom:1px solid var(--line)}
td.n{text-align:right;font-variant-numeric:tabular-nums}
figure{margin:0;background:var(--card);border:1px solid var(--line);border-radius:10px;
padding:.5rem .7rem}
figcaption{display:flex;justify-content:space-between;font-size:.85rem}
figcaption span{color:var(--faint)}svg{width:100%;height:auto;display:block}
.left{stroke:var(--left)}.right{stroke:var(--right)}.middle{stroke:var(--middle)}
polyline{fill:none;stroke-width:1.8;vector-effect:non-scaling-stroke}
"""
JPEG_QUALITY: Final = 80


def write_page(path: Path, *, title: str, body: str, style: str = "", head: str = "") -> Path:
    """Write a page, whole or not at all; its folder is made.

    Args:
        path: The HTML file.
        title: Plain text.
        body: HTML.
        style: CSS beside the common one.
        head: HTML for the head.
    """
    text = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{escape(title)}</title>{head}<style>{STYLE}{style}</style></head>"
        f"<body>{body}</body></html>\n"
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)
    return path


def cards(facts: Iterable[tuple[str, str]]) -> str:
    """Large numbers, each with what it is."""
    shown = "".join(
        f'<div class="card"><b>{escape(fact)}</b><span>{escape(what)}</span></div>'
        for fact, what in facts
    )
    return f'<div class="cards">{shown}</div>'


def table(heads: Sequence[str], rows: Iterable[str]) -> str:
    """A table of rows that are HTML already."""
    shown = "".join(f"<th>{escape(head)}</th>" for head in heads)
    return f"<table><tr>{shown}</tr>{''.join(rows)}</table>"


def jpeg_url(gray: Gray8) -> str:
    """A small picture as an address that carries it."""
    _, coded = cv2.imencode(".jpg", gray, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    return "data:image/jpeg;base64," + base64.b64encode(coded.tobytes()).decode()
