"""Parquet files from strangers: measured by what they declare before they are read."""

from __future__ import annotations

import io
from typing import Any

import pyarrow as arrow  # type: ignore[import-untyped]
import pyarrow.compute as compute  # type: ignore[import-untyped]
from pyarrow import parquet

from app.service.data.safe import LONGEST_TEXT
from app.service.faults import TooLarge, Unreadable
from supplychain.errors import InputError, Problem

_BYTES_A_CHARACTER = 4


def check_parquet(name: str, content: bytes, unpacked_limit: int, cell_limit: int) -> None:
    """Refuse a file that would take too much memory, or holds what is no cell.

    A few bytes can declare a billion equal rows, or refer a million times to one long text.
    """
    try:
        file = parquet.ParquetFile(io.BytesIO(content))
        _check_size(file.metadata, unpacked_limit, cell_limit)
        _check_types(name, file.schema_arrow)
        _check_texts(name, content, file)
    except (arrow.ArrowException, OSError, ValueError) as error:
        message = f"is not valid Parquet ({type(error).__name__})"
        raise Unreadable(f"{name} {message}", "write it again") from None


def _check_size(metadata: Any, unpacked_limit: int, cell_limit: int) -> None:
    cells = metadata.num_rows * max(metadata.num_columns, 1)
    if cells > cell_limit:
        raise TooLarge(f"the upload has {cells:,} cells", f"at most {cell_limit:,}; split it")
    groups = [metadata.row_group(number) for number in range(metadata.num_row_groups)]
    if sum(group.num_rows for group in groups) != metadata.num_rows:
        raise ValueError("other rows than declared")
    columns = [group.column(n) for group in groups for n in range(group.num_columns)]
    size = sum(column.total_uncompressed_size for column in columns)
    if size > unpacked_limit:
        raise TooLarge(f"the upload holds {size:,} bytes once unpacked", "split it")


def _check_types(name: str, schema: Any) -> None:
    problems = []
    for column in schema:
        kind = _kind(column)
        if arrow.types.is_nested(kind) or arrow.types.is_binary(kind) or _is_odd(kind):
            message, remedy = f"holds {kind}, which is no cell", "write text, numbers or dates"
            problems.append(Problem(name, message, remedy, column=column.name))
    if problems:
        raise InputError(problems)


def _kind(column: Any) -> Any:
    """The type of the cells of a column, however they are kept."""
    return column.type.value_type if arrow.types.is_dictionary(column.type) else column.type


def _is_odd(kind: Any) -> bool:
    return any(is_kind(kind) for is_kind in (
        arrow.types.is_large_binary, arrow.types.is_fixed_size_binary, arrow.types.is_time,
        arrow.types.is_duration, arrow.types.is_interval,
    ))  # fmt: skip


def _check_texts(name: str, content: bytes, file: Any) -> None:
    """InputError where a text is too long; each different text is looked at once."""
    texts = [column.name for column in file.schema_arrow if _is_text(_kind(column))]
    by_text = parquet.ParquetFile(io.BytesIO(content), read_dictionary=texts)
    problems = []
    for column in texts:
        for number in range(file.num_row_groups):
            for chunk in by_text.read_row_group(number, [column]).column(0).chunks:
                longest = compute.max(compute.binary_length(chunk.dictionary)).as_py() or 0
                if longest > LONGEST_TEXT * _BYTES_A_CHARACTER:
                    message = f"holds a text of {longest:,} bytes"
                    problems.append(Problem(name, message, "shorten it", column=column))
    if problems:
        raise InputError(problems)


def _is_text(kind: Any) -> bool:
    return bool(arrow.types.is_string(kind) or arrow.types.is_large_string(kind))
