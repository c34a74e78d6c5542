"""Uploads that no service should swallow: some two hundred, each with what is wrong with it."""

from __future__ import annotations

import io
import json
import struct
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as arrow
from pyarrow import parquet

from app.service.data.uploads import Form
from tests.service.tiny import tiny_frames

LIMITS = {"body_limit": 30_000_000, "unpacked_limit": 50_000_000, "cell_limit": 1_000_000}
MEGABYTE = 1_000_000


@dataclass(frozen=True)
class Hostile:
    """An upload for ``table`` (None: it names its tables itself)."""

    name: str
    form: Form
    content: bytes
    table: str | None = "stock"


def hostile_files() -> Iterator[Hostile]:
    """All of them."""
    for generate in (bombs, _archives, _workbooks, _parquet, _json, _csv, _numbers, _names, _rows):
        yield from generate()


# --- forms -------------------------------------------------------------------------------------


def frame_as(form: Form, frame: pd.DataFrame, table: str = "stock") -> bytes:
    """``frame`` in one of the forms, cells of text."""
    if form == "csv":
        return frame.to_csv(index=False).encode("utf-8", "surrogatepass")
    if form == "json":
        return json.dumps(frame.to_dict("records")).encode()
    if form == "parquet":
        target = io.BytesIO()
        frame.to_parquet(target, index=False)
        return target.getvalue()
    return workbook(sheet(frame), table)


def sheet(frame: pd.DataFrame) -> str:
    """The rows of a sheet, texts within the cells."""
    rows = [list(frame.columns), *frame.to_numpy().tolist()]
    return "".join(
        f'<row r="{number}">' + "".join(
            f'<c r="{chr(65 + column)}{number}" t="inlineStr"><is><t>{cell}</t></is></c>'
            for column, cell in enumerate(row)
        ) + "</row>"
        for number, row in enumerate(rows, 1)
    )  # fmt: skip


_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"


def workbook(
    rows: str, name: str = "stock", *, before: str = "", after: str = "", target: str = ""
) -> bytes:
    """A workbook of one sheet, written by hand."""
    target = target or "worksheets/sheet1.xml"
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="xml" ContentType="application/xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="r1" '
        f'Type="{_RELATION}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_RELATION}"><sheets>'
        f'<sheet name="{name}" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{_RELATION}/worksheet" Target="{target}"/>'
        "</Relationships>",
        "xl/worksheets/sheet1.xml": f'{before}<worksheet xmlns="{_MAIN}"><sheetData>{rows}'
        f"</sheetData>{after}</worksheet>",
    }
    return archive({name: text.encode() for name, text in parts.items()})


def archive(parts: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip archive of ``parts``."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as packed:
        for name, content in parts.items():
            packed.writestr(name, content)
    return target.getvalue()


def _patched(content: bytes, offset: int, value: int, form: str = "<I") -> bytes:
    """An archive whose directory says something else of its last part."""
    changed = bytearray(content)
    place = changed.rfind(b"PK\x01\x02")
    struct.pack_into(form, changed, place + offset, value)
    return bytes(changed)


# --- what takes too much memory ----------------------------------------------------------------


def bombs() -> Iterator[Hostile]:
    """Small files that would become large ones."""
    spaces = b" " * (80 * MEGABYTE)
    honest = archive({"stock.csv": spaces})
    yield Hostile("zip bomb, declared", "zip", honest)
    lying = _patched(archive({"stock.csv": spaces}), 24, 1000)
    yield Hostile("zip bomb, declared small", "zip", lying)
    yield Hostile("zip bomb, declared empty", "zip", _patched(honest, 24, 0))
    yield Hostile("zip bomb as a workbook", "xlsx", honest, None)
    yield Hostile("workbook with a huge sheet", "xlsx", workbook(" " * (80 * MEGABYTE)))
    yield Hostile("workbook with a lying sheet", "xlsx",
                  _patched(workbook(" " * (80 * MEGABYTE)), 24, 1000))  # fmt: skip
    many = {f"t{number}.csv": b" " * (MEGABYTE // 2) for number in range(200)}
    yield Hostile("zip bomb in many parts", "zip", archive(many), None)
    yield Hostile("too many parts", "zip", archive({f"{n}.csv": b"a" for n in range(1001)}), None)
    cell = '<row r="{0}"><c r="{1}{0}"><v>1</v></c></row>'
    corner = cell.format(1, "A") + cell.format(1048576, "XFD")
    yield Hostile("one cell in the last corner", "xlsx", workbook(corner))
    yield Hostile("cells with a prefix in the last corner", "xlsx",
                  workbook(corner.replace("<c r", "<x:c r").replace("</c>", "</x:c>")))  # fmt: skip
    yield Hostile("a corner with its place last", "xlsx",
                  workbook(corner.replace("<c r", '<c s="1" t="n" r')))  # fmt: skip
    for place in ('x="{}" r'.format("y" * 999), 'x="&gt;>" r', "r "):
        content = workbook(corner.replace('<c r="X', f'<c {place}="X'))
        yield Hostile(f"a corner with its place behind {place[:9]}", "xlsx", content)
    rows = '<row r="1"><c r="XFD1"><v>1</v></c></row><row r="1048576"><c><v>1</v></c></row>'
    yield Hostile("a corner by the number of its row", "xlsx", workbook(rows))
    yield Hostile("a cell without a column", "xlsx", workbook('<row r="1"><c r="7"/></row>'))
    yield Hostile("a row without a number", "xlsx", workbook('<row r="x"><c/></row>'))
    yield Hostile("a corner in single quotes", "xlsx", workbook(corner.replace('"', "'")))
    same = arrow.table({"item": arrow.array(["CHIP"] * 2_000_000).dictionary_encode()})
    yield Hostile("two million equal rows", "parquet", _parquet_of(same))
    texts = arrow.DictionaryArray.from_arrays(np.zeros(100_000, "int32"), ["x" * MEGABYTE])
    for kept in (True, False):  # as a dictionary, and as plain text
        content = _parquet_of(arrow.table({"item": texts}), store_schema=kept)
        yield Hostile(f"a long text many times, {kept}", "parquet", content)
    yield Hostile("zeros that unpack", "parquet",
                  _parquet_of(arrow.table({"quantity": np.zeros(20 * MEGABYTE)})))  # fmt: skip
    yield Hostile("a wide header over short rows", "csv", b"a," * 10_000 + b"\n" + b"x\n" * 10_000)
    yield Hostile("commas only", "csv", b"item\n" + b"," * (5 * MEGABYTE))
    yield Hostile("lines only", "csv", b"item\n" + b"\n" * (5 * MEGABYTE))
    yield Hostile("larger than allowed", "csv", b"item\n" + b"x" * (31 * MEGABYTE))
    yield Hostile("empty lists", "json", b"[" + b"[]," * (2 * MEGABYTE) + b"[]]")
    yield Hostile("empty objects", "json", b"[" + b"{}," * (2 * MEGABYTE) + b"{}]")
    columns = ",".join(f'{{"c{number}":1}}' for number in range(50_000))
    yield Hostile("a column for each row", "json", f"[{columns}]".encode())
    yield Hostile("deep lists", "json", b"[" * 500_000)
    yield Hostile("deep lists, closed", "json", b"[" * 100_000 + b"]" * 100_000)
    yield Hostile("deep objects", "json", b'{"a":' * 100_000 + b"1" + b"}" * 100_000, None)


def _parquet_of(table: arrow.Table, *, store_schema: bool = True) -> bytes:
    target = io.BytesIO()
    parquet.write_table(table, target, compression="zstd", store_schema=store_schema)
    return target.getvalue()


# --- what is broken, or something else ---------------------------------------------------------


def _archives() -> Iterator[Hostile]:
    good = archive({"stock.csv": frame_as("csv", tiny_frames()["stock"])})
    yield Hostile("encrypted", "zip", _patched(good, 8, 1, "<H"))
    yield Hostile("packed by bzip2", "zip", archive({"stock.csv": b"x" * 99}, zipfile.ZIP_BZIP2))
    yield Hostile("packed by lzma", "zip", archive({"stock.csv": b"x" * 99}, zipfile.ZIP_LZMA))
    yield Hostile("part outside of it", "zip", _patched(good, 42, 10**6))
    yield Hostile("part that begins elsewhere", "zip", _patched(good, 42, 7))
    yield Hostile("part that is shorter", "zip", _patched(good, 20, 5))
    yield Hostile("a program in it", "zip", archive({"stock.exe": b"MZ"}), None)
    yield Hostile("an archive in it", "zip", archive({"inner.zip": good}), None)
    yield Hostile("a table twice", "zip", archive({"a/stock.csv": b"a", "b/stock.csv": b"a"}))
    yield Hostile("another table", "zip", archive({"demand.csv": b"item\nCAR\n"}))
    yield Hostile("empty archive", "zip", archive({}))
    for length in range(10, len(good), len(good) // 6):
        yield Hostile(f"archive cut after {length} bytes", "zip", good[:length])


def _workbooks() -> Iterator[Hostile]:
    stock = tiny_frames()["stock"]
    good = frame_as("xlsx", stock)
    formula = '<row r="2"><c r="C2"><f>{}</f><v>7</v></c></row>'
    for text in ("1+1", "HYPERLINK(&quot;http://x&quot;)", "cmd|' /C calc'!A0", "DDE()"):
        yield Hostile(f"formula {text}", "xlsx", workbook(sheet(stock) + formula.format(text)))
    shared = '<row r="2"><c r="C2"><f t="shared" si="0"/><v>7</v></c></row>'
    yield Hostile("shared formula", "xlsx", workbook(sheet(stock) + shared))
    yield Hostile("formula without a place", "xlsx",
                  workbook(sheet(stock) + "<row><c><f>1</f><v>1</v></c></row>"))  # fmt: skip
    merge = '<mergeCells count="1"><mergeCell ref="A1:B2"/></mergeCells>'
    yield Hostile("merged cells", "xlsx", workbook(sheet(stock), after=merge))
    lol = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>'
    yield Hostile("entities", "xlsx", workbook(sheet(stock), before=lol))
    yield Hostile("a sheet elsewhere", "xlsx", workbook(sheet(stock), target="no.xml"))
    yield Hostile("a sheet outside", "xlsx", workbook(sheet(stock), target="../../etc/passwd"))
    utf16 = archive({"xl/worksheets/sheet1.xml": "<worksheet/>".encode("utf-16")})
    yield Hostile("UTF-16 in a sheet", "xlsx", utf16, None)
    yield Hostile("another sheet", "xlsx", workbook(sheet(stock), "Tabelle1"))
    yield Hostile("misspelled sheet", "xlsx", workbook(sheet(stock), "stocks"), None)
    yield Hostile("an archive of something else", "xlsx", archive({"a.txt": b"a"}), None)
    yield Hostile("the old format", "xlsx", b"\xd0\xcf\x11\xe0" + bytes(500), None)
    yield Hostile("CSV that claims to be a workbook", "xlsx", frame_as("csv", stock), None)
    error = '<row r="2"><c r="A2" t="inlineStr"><is><t>CHIP</t></is></c>' + (
        '<c r="B2" t="inlineStr"><is><t>PLANT</t></is></c><c r="C2" t="e"><v>#DIV/0!</v></c></row>'
    )
    yield Hostile("an error of Excel", "xlsx", workbook(sheet(stock.iloc[:0]) + error))
    for length in range(20, len(good), len(good) // 12):
        yield Hostile(f"workbook cut after {length} bytes", "xlsx", good[:length])


def _parquet() -> Iterator[Hostile]:
    good = frame_as("parquet", tiny_frames()["stock"])
    odd = {
        "lists": [[1, 2]], "objects": [{"a": 1}], "bytes": [b"a"],
        "times": arrow.array([1], arrow.time64("us")),
        "durations": arrow.array([1], arrow.duration("s")),
    }  # fmt: skip
    for name, values in odd.items():
        table = arrow.table({"item": ["CHIP"], "location": ["PLANT"], "quantity": values})
        yield Hostile(f"Parquet of {name}", "parquet", _parquet_of(table))
    yield Hostile("nothing", "parquet", b"")
    yield Hostile("only its ends", "parquet", b"PAR1PAR1")
    yield Hostile("CSV that claims to be Parquet", "parquet", b"item\nCHIP\n")
    yield Hostile("a footer of its own mind", "parquet", good[:-8] + b"\xff\xff\xff\x7fPAR1")
    yield Hostile("noise in the footer", "parquet", good[:-60] + bytes(50) + good[-10:])
    for length in range(4, len(good), len(good) // 12):
        yield Hostile(f"Parquet cut after {length} bytes", "parquet", good[:length])


def _json() -> Iterator[Hostile]:
    row = '[{"item": "CHIP", "location": "PLANT", "quantity": %s}]'
    for value in ("NaN", "Infinity", "-Infinity", "1e999", "1e308", "-1", "9223372036854775808",
                  "1" + "0" * 400, "1" * 5000, "[1]", '{"a": 1}', "null", "true", '"ten"',
                  "01", "+1", "0x10", "1_000"):  # fmt: skip
        yield Hostile(f"JSON number {value[:30]}", "json", (row % value).encode())
    yield Hostile("a field twice", "json", b'[{"item": "CHIP", "item": "CAR"}]')
    yield Hostile("a table twice", "json", b'{"stock": [], "stock": []}', None)
    yield Hostile("half a pair", "json", (row % 1).replace("CHIP", "CH\\ud800IP").encode())
    yield Hostile("half a pair as a column", "json", b'[{"\\ud800": 1}]')
    yield Hostile("JSON in UTF-16", "json", (row % 1).encode("utf-16"))
    yield Hostile("JSON in cp1252", "json", (row % 1).replace("CHIP", "CH\xc4P").encode("cp1252"))
    for text in ('"stock"', "7", "null", '{"item": "CHIP"}', "[1, 2]", "[[1]]", "[null]", "",
                 "[{]", "{'item': 1}", "[{}] [{}]", "// a"):  # fmt: skip
        yield Hostile(f"JSON {text}", "json", text.encode())
    yield Hostile("rows without a table", "json", (row % 1).encode(), None)
    good = (row % 1).encode()
    for length in range(1, len(good), 9):
        yield Hostile(f"JSON cut after {length} bytes", "json", good[:length])


def _csv() -> Iterator[Hostile]:
    good = "item,location,quantity\nCHIP,PLANT,10\n"
    cases = {
        "CSV in cp1252": good.replace("CHIP", "CH\xc4P").encode("cp1252"),
        "CSV in UTF-16": good.encode("utf-16"),
        "Parquet that claims to be CSV": frame_as("parquet", tiny_frames()["stock"]),
        "semicolons": good.replace(",", ";").encode(),
        "tabs": good.replace(",", "\t").encode(),
        "an open quote": b'item,location,quantity\n"CHIP,PLANT,10\n',
        "a quote within": b'item,location,quantity\n"CH"IP,PLANT,10\n',
        "a long row": good.encode() + b"CHIP,WORKS,1,2\n",
        "a short row": good.encode() + b"CHIP\n",
        "a column twice": b"item,item,location,quantity\nCHIP,CHIP,PLANT,1\n",
        "a column without a name": b"item,location,quantity,\nCHIP,PLANT,1,x\n",
        "a column missing": b"item,quantity\nCHIP,1\n",
        "a column misspelled": b"item,location,quantity,as-of\nCHIP,PLANT,1,\n",
        "nothing": b"",
        "blank lines": b"\n\n\n",
        "no header": b"CHIP,PLANT,10\n",
        "a field beyond all fields": b"item\n" + b"x" * 200_000 + b"\n",
    }
    for name, content in cases.items():
        yield Hostile(name, "csv", content)


# --- what is wrong in the cells ----------------------------------------------------------------

_FORMS: tuple[Form, ...] = ("csv", "json", "xlsx", "parquet")
_WRONG_NUMBERS = ("inf", "-inf", "1e308", "1e16", "9223372036854775809", "1,5", "12 kg", "=1+1",
                  "@SUM(A1)", "-3", "0x10", "\u0661\u0662", "1e", "--1")  # fmt: skip
_WRONG_NAMES = ("\x00", "\x07", "\n", "|", " ", "\u202e", "\u2066", "\u200f", "\u061c")


def _numbers() -> Iterator[Hostile]:
    for form in _FORMS:
        for value in _WRONG_NUMBERS:
            frame = tiny_frames()["stock"].assign(quantity=value)
            yield Hostile(f"quantity {value} in {form}", form, frame_as(form, frame))
    frame = tiny_frames()["stock"]
    for number in (np.inf, -np.inf, np.nan, 1e308, -0.5):
        content = frame_as("parquet", frame.assign(quantity=number))
        yield Hostile(f"the number {number} in Parquet", "parquet", content)


def _names() -> Iterator[Hostile]:
    for form in ("csv", "json", "parquet"):
        for text in _WRONG_NAMES:
            frame = tiny_frames()["items"].iloc[:1].assign(item=f"CAR{text}")
            yield Hostile(f"name with {text!r} in {form}", form, frame_as(form, frame), "items")
    for name, column, text in (
        ("description that turns", "description", "a\u202eb"),
        ("description with NUL", "description", "a\x00b"),
        ("long name", "item", "x" * 2_001),
        ("long description", "description", "x" * 10_001),
        ("wildcard for a name", "item", "*"),
    ):
        frame = tiny_frames()["items"].iloc[:1].assign(**{column: text})
        yield Hostile(name, "csv", frame_as("csv", frame), "items")


_WRONG_ROWS: dict[str, tuple[str, str]] = {
    "an item that is part of itself": ("bom", "item,component,quantity_per\nCHIP,CHIP,1\n"),
    "a cycle of two": ("bom", "item,component,quantity_per\nCHIP,CAR,1\n"),
    "a row twice": ("stock", "item,location,quantity\nCHIP,WORKS,1\nCHIP,WORKS,2\n"),
    "an unknown item": ("stock", "item,location,quantity\nCHOP,PLANT,1\n"),
    "an unknown place": ("stock", "item,location,quantity\nCHIP,MOON,1\n"),
    "a day that is none": ("stock", "item,location,quantity,as_of\nCHIP,PLANT,1,2026-02-30\n"),
    "a day with a zone": ("stock", "item,location,quantity,as_of\nCHIP,PLANT,1,2026-02-03T01Z\n"),
    "a week that is none": ("demand", "item,location,period,quantity\nCAR,SHOP,2026-W60,1\n"),
    "a Tuesday": ("demand", "item,location,period,quantity\nCAR,SHOP,2026-01-06,1\n"),
    "after the end": ("demand", "item,location,period,quantity\nCAR,SHOP,2030-01-07,1\n"),
    "demand that nothing serves": ("demand", "item,location,period,quantity\n"
                                   "CAR,FAB,2026-01-12,1\n"),
    "a share above one": ("floors", "brand,share\nAVE,1.5\n"),
    "a brand that nothing has": ("floors", "brand,share\nXYZ,0.5\n"),
    "a kind that is none": ("items", "item,kind\nNEW,spaceship\n"),
    "half a period": ("sourcing", "item,location,supplier,lead_time\nCHIP,PLANT,FAB,1.5\n"),
    "from itself": ("sourcing", "item,location,supplier,lead_time\nCHIP,PLANT,PLANT,1\n"),
    "a latitude beyond the pole": ("locations", "location,latitude\nSHOP,91\n"),
    "neither true nor false": ("demand_history", "item,location,period,quantity,in_stock\n"
                               "CAR,SHOP,2025-01-06,1,maybe\n"),
    "ranges that overlap": ("capacities", "kind,owner,valid_from,capacity\n"
                            "sourcing,CHIP|PLANT|FAB|standard,2026-01-05,1\n"
                            "sourcing,CHIP|PLANT|FAB|standard,2026-01-12,1\n"),
    "an owner that is none": ("capacities", "kind,owner,valid_from,capacity\n"
                              "sourcing,CHIP|MOON|FAB|standard,2026-01-05,1\n"),
    "periods without number": ("settings", "name,value\nperiods,many\n"),
    "too many periods": ("settings", "name,value\nperiods,1000000\n"),
    "a setting that is none": ("settings", "name,value\nperiodes,3\n"),
}  # fmt: skip


def _rows() -> Iterator[Hostile]:
    for name, (table, text) in _WRONG_ROWS.items():
        yield Hostile(name, "csv", text.encode(), table)
    yield Hostile("a table that is none", "csv", b"item\nCHIP\n", "stok")
