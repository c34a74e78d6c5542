"""Zip archives from strangers: what they hold once unpacked, measured before it is believed."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any

from app.service.faults import TooLarge, Unreadable

_MOST_PARTS = 1_000
_PIECE, _MOST = 1 << 16, 1 << 20  # bytes packed and unpacked at a time
_SIGNATURE = b"PK\x03\x04"
_LOCAL_HEADER = struct.Struct("<26xHH")  # of a part; lengths of its name and its extra field
_ENCRYPTED = 0x1
_KNOWN = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


def open_archive(content: bytes, limit: int) -> zipfile.ZipFile:
    """The archive in ``content``, of which nothing is unpacked yet.

    Unreadable where it is none, or of a kind that nobody needs; TooLarge where it declares more
    than ``limit`` bytes. What a part declares may be a lie: see :func:`unpacked`.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise _unreadable(str(error)) from None
    parts = archive.infolist()
    names = {part.filename for part in parts}
    if len(parts) > _MOST_PARTS:
        raise TooLarge(f"the archive has {len(parts):,} parts", f"at most {_MOST_PARTS:,}")
    if len(names) < len(parts):
        raise _unreadable("two parts have the same name")
    if any(part.flag_bits & _ENCRYPTED for part in parts):
        raise _unreadable("it is encrypted")
    if any(part.compress_type not in _KNOWN for part in parts):
        raise _unreadable("it is packed in a way other than deflate")
    _check_size(sum(part.file_size for part in parts), limit)
    return archive


def unpacked(content: bytes, part: zipfile.ZipInfo) -> Iterator[bytes]:
    """What ``part`` of the archive ``content`` holds, in pieces.

    Unreadable as soon as it is more than it declares, whose sum is within the limit.
    """
    size = 0
    for piece in _inflated(content, part):
        size += len(piece)
        if size > part.file_size:
            break
        yield piece
    if size != part.file_size:
        raise _unreadable("a part has another size than it declares")


def _inflated(content: bytes, part: zipfile.ZipInfo) -> Iterator[bytes]:
    """The content of ``part`` in pieces, to its true end."""
    header = content[part.header_offset : part.header_offset + _LOCAL_HEADER.size]
    if not header.startswith(_SIGNATURE) or len(header) < _LOCAL_HEADER.size:
        raise _unreadable("a part lies outside of it")
    start = part.header_offset + _LOCAL_HEADER.size + sum(_LOCAL_HEADER.unpack(header))
    packed = memoryview(content)[start : start + part.compress_size]
    pieces = (packed[at : at + _PIECE] for at in range(0, len(packed), _PIECE))
    if part.compress_type == zipfile.ZIP_STORED:
        yield from map(bytes, pieces)
        return
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        for rest in pieces:
            yield from _fed(inflater, rest)
    except zlib.error as error:
        raise _unreadable(str(error)) from None
    if not inflater.eof:
        raise _unreadable("a part is cut off")


def _fed(inflater: Any, packed: memoryview) -> Iterator[bytes]:
    """What comes out of ``inflater`` for a piece, never much at once."""
    rest: bytes | memoryview = packed
    while True:
        piece = inflater.decompress(rest, _MOST)
        if piece:
            yield piece
        rest = inflater.unconsumed_tail
        if not rest and len(piece) < _MOST:
            return


def _check_size(size: int, limit: int) -> None:
    if size > limit:
        remedy = "split it, or ask the operator to raise SUPPLYCHAIN_UNPACKED_LIMIT"
        raise TooLarge(f"the upload holds more than {limit:,} bytes once unpacked", remedy)


def _unreadable(reason: str) -> Unreadable:
    return Unreadable(f"is not a valid archive ({reason})", "save it again")
