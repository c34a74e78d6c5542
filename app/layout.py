"""Building blocks of text output: headings, facts beside their labels, tables that fit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from rich import box
from rich.console import Console, RenderableType
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

Parts = Iterator[RenderableType]


def show(parts: Iterable[RenderableType], console: Console) -> None:
    """Print the parts of a document."""
    for part in parts:
        console.print(part)


def table(
    title: str, columns: Sequence[str], rows: Iterable[Sequence[str]], note: str = ""
) -> Parts:
    """A table; columns whose header begins with > are numbers: right-aligned and never wrapped."""
    grid = Table(
        box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, collapse_padding=True, header_style=""
    )
    for column in columns:
        is_number = column.startswith(">")
        grid.add_column(column.removeprefix(">"), justify="right" if is_number else "left",
                        no_wrap=is_number, overflow="fold")  # fmt: skip
    for row in rows:
        grid.add_row(*row)
    yield Text(title, style="bold")
    yield grid
    if note:
        yield Text(note, style="dim")
    yield Text()


def facts(rows: Iterable[tuple[str, str]]) -> Parts:
    """Labels with what they say, wrapped beside the label; a fact without text is left out."""
    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True, style="dim")
    grid.add_column(overflow="fold")
    for label, text in rows:
        if text:
            grid.add_row(label, text)
    yield grid
    yield Text()


def heading(title: str, description: str = "") -> Parts:
    """A title across the page, and a line or more below it."""
    yield Rule(Text(title, style="bold"), align="left", style="dim")
    if description:
        yield Text(description)
    yield Text()


def more(shown: int, total: int) -> str:
    """What a list that shows only the first rows leaves out."""
    return f"{total - shown:,} more: see --json" if total > shown else ""
