"""Malformed datasets and scenarios: each is refused with the right words and leaves nothing behind.

Every case changes one thing of a valid dataset of three items. It is planned from the command line,
which must tell exactly the expected problems, exit with 2, print nothing else and write nothing.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from app.cli import app
from supplychain.errors import DataError, InputError
from supplychain.files import read_dataset
from supplychain.network import Network

BASE = {
    "items": """
        item,kind,unit_cost,brand
        CAR,product,1000,AURORA
        ECU,assembly,50,
        CHIP,component,4,
    """,
    "locations": """
        location,kind
        PLANT,plant
        FAB,supplier
        MARKET,market
    """,
    "bom": """
        item,component,quantity_per
        CAR,ECU,1
        ECU,CHIP,2
    """,
    "production": """
        item,location,lead_time
        CAR,PLANT,1
        ECU,PLANT,0
    """,
    "production_resources": """
        item,location,resource
        CAR,PLANT,LINE
    """,
    "resources": """
        resource,location,capacity
        LINE,PLANT,100
    """,
    "sourcing": """
        item,location,supplier,mode,lead_time,transit_time,group
        CHIP,PLANT,FAB,sea,3,2,logic
    """,
    "supplier_capacity": """
        supplier,group,capacity
        FAB,logic,1000
    """,
    "lanes": """
        item,origin,destination,lead_time,unit_cost
        CAR,PLANT,MARKET,1,10
    """,
    "capacities": """
        kind,owner,valid_from,valid_to,capacity
        resources,LINE,2026-01-12,2026-01-19,80
    """,
    "stock": """
        item,location,quantity
        CHIP,PLANT,50
    """,
    "scheduled_receipts": """
        order_id,line,item,location,origin,quantity,due
        PO-1,1,CHIP,PLANT,FAB,20,2026-01-12
    """,
    "demand": """
        item,location,period,customer,quantity
        CAR,MARKET,2026-01-19,fleet,10
    """,
    "settings": """
        name,value
        start,2026-01-05
        periods,8
    """,
}

NUMBER = "write a number such as 12.5, without separators or units"
FINITE = "write a finite number, or leave it blank if it is unlimited"
DATE = "write a date such as 2026-03-02, without time zone, or a week such as 2026-W10"
CELLS = "quote cells that contain a comma, and fill missing ones"
SHARED = "shares a period with an earlier range of the same owner"
RANGE = "end the earlier range in a period before this one"
SOURCE = "add stock, production with all its components, sourcing or a lane"
KINDS = "write resources, supplier_capacity, sourcing, lanes, production"
TRANSIT = "lead_time is from order to receipt and includes the transit"

Edits = Mapping[str, str | bytes | tuple[str, str] | None]
Told = list[tuple[str, str, str]]

# name -> tables as they are instead (None: left out; a pair: text and what replaces it), and the
# problems: where, what, remedy
DATASETS: dict[str, tuple[Edits, Told]] = {
    "no items": (
        {"items": None},
        [("items", "required table is missing or empty", "add the table")],
    ),
    "only the header of items": (
        {"items": "item,kind\n"},
        [("items", "required table is missing or empty", "add the table")],
    ),
    "an empty file": (
        {"stock": ""},
        [("stock", "is empty, without a header", "write the column names")],
    ),
    "a misspelled table": (
        {"stock": None, "stcok": "item,location,quantity\nCHIP,PLANT,50\n"},
        [("stcok", "unknown table", "did you mean stock? rename it")],
    ),
    "a misspelled table that others refer to": (
        {"items": None, "item": "item\nCAR\nECU\nCHIP\n"},
        [
            ("items", "required table is missing or empty", "add the table"),
            ("item", "unknown table", "did you mean items? rename it"),
        ],
    ),
    "a required column is missing": (
        {"demand": "item,location,customer,quantity\nCAR,MARKET,fleet,10\n"},
        [("demand column period", "required column is missing", "add the column")],
    ),
    "a misspelled column": (
        {"sourcing": ("transit_time", "transit_tiem")},
        [
            (
                "sourcing column transit_tiem",
                "unknown column",
                "did you mean transit_time? rename it",
            )
        ],
    ),
    "a column in capitals with a space": (
        {"lanes": ("lead_time", "Lead Time")},
        [("lanes column Lead Time", "unknown column", "did you mean lead_time? rename it")],
    ),
    "a column given twice": (
        {"lanes": "item,origin,destination,lead_time,lead_time\nCAR,PLANT,MARKET,1,2\n"},
        [("lanes column lead_time", "column is given twice", "keep one of them")],
    ),
    "a cell without a column name": (
        {"stock": "item,location,quantity,\nCHIP,PLANT,50,x\n"},
        [
            (
                "stock row 1 column (unnamed)",
                "cell without a column name",
                "name the column or clear it",
            )
        ],
    ),
    "too few cells in a row": (
        {"stock": ("CHIP,PLANT,50", "CHIP,PLANT")},
        [("stock row 1", "has 2 cells, the header 3", CELLS)],
    ),
    "too many cells in a row": (
        {"stock": ("CHIP,PLANT,50", "CHIP,PLANT,1,500")},
        [("stock row 1", "has 4 cells, the header 3", CELLS)],
    ),
    "not UTF-8": (
        {"items": b"item,description\nCAR,K\xe4fer\nECU,\nCHIP,\n"},
        [("items", "is not UTF-8 text (line 2)", "save it as CSV in UTF-8")],
    ),
    "an open quote": (
        {"items": 'item,description\nCAR,"open\nECU,\n'},
        [("items", "is not valid CSV (unexpected end of data)", "save it again as CSV")],
    ),
    "semicolons": (
        {"stock": "item;location;quantity\nCHIP;PLANT;50\n"},
        [
            (
                "stock value 'item;location;quantity'",
                "has its cells separated by semicolons",
                "save it with commas",
            )
        ],
    ),
    "tabs": (
        {"stock": "item\tlocation\tquantity\nCHIP\tPLANT\t50\n"},
        [
            (
                "stock value 'item\\tlocation\\tquantity'",
                "has its cells separated by tabs",
                "save it with commas",
            )
        ],
    ),
    "text for a number": (
        {"stock": ("50", "fifty")},
        [("stock row 1 column quantity value 'fifty'", "is not a number", NUMBER)],
    ),
    "a number with separators": (
        {"stock": ("50", '"1,250"')},
        [("stock row 1 column quantity value '1,250'", "is not a number", NUMBER)],
    ),
    "the text NaN": (
        {"stock": ("50", "NaN")},
        [("stock row 1 column quantity value 'NaN'", "is not a number", NUMBER)],
    ),
    "an infinite number": (
        {"stock": ("50", "inf")},
        [("stock row 1 column quantity value 'inf'", "is not finite", FINITE)],
    ),
    "a number beyond all measure": (
        {"stock": ("50", "1e308")},
        [("stock row 1 column quantity value '1e+308'", "is beyond 1e+15", FINITE)],
    ),
    "a negative number": (
        {"stock": ("50", "-1")},
        [("stock row 1 column quantity value '-1'", "is negative", "write a number from 0 up")],
    ),
    "a missing number": (
        {"stock": ("50", "")},
        [("stock row 1 column quantity", "is blank", "fill it in")],
    ),
    "a lead time of one and a half": (
        {"lanes": ("MARKET,1,10", "MARKET,1.5,10")},
        [
            (
                "lanes row 1 column lead_time value '1.5'",
                "is not a whole number",
                "write whole periods",
            )
        ],
    ),
    "a latitude beyond the pole": (
        {"locations": "location,latitude\nPLANT,91\nFAB,\nMARKET,\n"},
        [
            (
                "locations row 1 column latitude value '91'",
                "is above 90",
                "write a number from -90 to 90",
            )
        ],
    ),
    "a flag that is neither": (
        {"lanes": "item,origin,destination,routine\nCAR,PLANT,MARKET,maybe\n"},
        [
            (
                "lanes row 1 column routine value 'maybe'",
                "is not true or false",
                "write true or false",
            )
        ],
    ),
    "a date that does not exist": (
        {"demand": ("2026-01-19", "2026-02-30")},
        [("demand row 1 column period value '2026-02-30'", "is not a date", DATE)],
    ),
    "a date in another order": (
        {"scheduled_receipts": ("2026-01-12", "12/01/2026")},
        [("scheduled_receipts row 1 column due value '12/01/2026'", "is not a date", DATE)],
    ),
    "a date with a time zone": (
        {"scheduled_receipts": ("2026-01-12", "2026-01-12T00:00:00+01:00")},
        [
            (
                "scheduled_receipts row 1 column due value '2026-01-12T00:00:00+01:00'",
                "is not a date",
                DATE,
            )
        ],
    ),
    "a week that does not exist": (
        {"demand": ("2026-01-19", "2026-W54")},
        [("demand row 1 column period value '2026-W54'", "is not a date", DATE)],
    ),
    "a period in the middle of a week": (
        {"demand": ("2026-01-19", "2026-01-20")},
        [
            (
                "demand row 1 column period value '2026-01-20'",
                "is not the first date of a week",
                "write a Monday",
            )
        ],
    ),
    "a demand after the horizon": (
        {"demand": ("2026-01-19", "2026-03-02")},
        [
            (
                "demand row 1 column period value '2026-03-02'",
                "lies after the last period",
                "raise settings.periods or remove it; the last is 2026-02-23",
            )
        ],
    ),
    "an unknown kind": (
        {"items": ("CAR,product", "CAR,vehicle")},
        [
            (
                "items row 1 column kind value 'vehicle'",
                "is not a known kind",
                "write product, assembly, component",
            )
        ],
    ),
    "an unknown item": (
        {"demand": ("CAR,MARKET", "VAN,MARKET")},
        [
            (
                "demand row 1 column item value 'VAN'",
                "is not in items",
                "add it to items or correct the name",
            )
        ],
    ),
    "an unknown location": (
        {"stock": ("CHIP,PLANT", "CHIP,PLNAT")},
        [
            (
                "stock row 1 column location value 'PLNAT'",
                "is not in locations",
                "add it to locations or correct the name, did you mean PLANT?",
            )
        ],
    ),
    "a blank key": (
        {"stock": ("CHIP,PLANT", ",PLANT")},
        [("stock row 1 column item", "is blank", "fill it in")],
    ),
    "spaces around a name": (
        {"items": ("CHIP,", "CHIP ,")},
        [("items row 3 column item value 'CHIP '", "has spaces around it", "remove the spaces")],
    ),
    "a bar in a name": (
        {"items": ("AURORA\n", "AURORA\nA|B,,1,\n")},
        [("items row 2 column item value 'A|B'", "contains |, which joins keys", "rename it")],
    ),
    "a star for a name": (
        {"items": ("AURORA\n", "AURORA\n*,,1,\n")},
        [
            (
                "items row 2 column item value '*'",
                "* means any, which it cannot mean here",
                "write a name",
            )
        ],
    ),
    "a line break in a name": (
        {"items": ("AURORA\n", 'AURORA\n"A\nB",,1,\n')},
        [
            (
                "items row 2 column item value 'A\\nB'",
                "holds a line break or control character",
                "rename it",
            )
        ],
    ),
    "a key twice": (
        {"stock": ("CHIP,PLANT,50\n", "CHIP,PLANT,50\nCHIP,PLANT,60\n")},
        [
            (
                "stock row 2 column item, location value 'CHIP|PLANT'",
                "repeats the key of row 1",
                "merge or remove one of the rows",
            )
        ],
    ),
    "a key twice by a default": (
        {
            "bom": "item,version,component,quantity_per\n"
            "CAR,,ECU,1\nCAR,standard,ECU,2\nECU,,CHIP,2\n"
        },
        [
            (
                "bom row 2 column item, version, component value 'CAR|standard|ECU'",
                "repeats the key of row 1",
                "merge or remove one of the rows",
            )
        ],
    ),
    "a key twice by a name of the week": (
        {"demand": ("10\n", "10\nCAR,MARKET,2026-W04,fleet,5\n")},
        [
            (
                "demand row 2 column item, location, period, customer "
                "value 'CAR|MARKET|2026-01-19|fleet'",
                "repeats the key of row 1",
                "merge or remove one of the rows",
            )
        ],
    ),
    "a cycle in the BOM": (
        {"bom": ("ECU,CHIP,2\n", "ECU,CHIP,2\nCHIP,CAR,1\n")},
        [
            (
                "bom row 3 column component value 'CAR'",
                "is part of a cycle: CAR -> ECU -> CHIP -> CAR",
                "remove one of these rows",
            )
        ],
    ),
    "an item made of itself": (
        {"bom": ("ECU,CHIP,2\n", "ECU,CHIP,2\nCHIP,CHIP,1\n")},
        [
            (
                "bom row 3 column component value 'CHIP'",
                "is part of a cycle: CHIP -> CHIP",
                "remove one of these rows",
            )
        ],
    ),
    "the end before the beginning": (
        {"capacities": ("2026-01-19", "2026-01-05")},
        [
            (
                "capacities row 1 column valid_to value '2026-01-05'",
                "lies before valid_from",
                "correct one of the dates",
            )
        ],
    ),
    "overlapping ranges": (
        {"capacities": ("80\n", "80\nresources,LINE,2026-01-19,,90\n")},
        [("capacities row 2 column valid_from value '2026-01-19'", SHARED, RANGE)],
    ),
    "a range within an earlier one": (
        {
            "capacities": "kind,owner,valid_from,valid_to,capacity\n"
            "resources,LINE,2026-01-05,,80\n"
            "resources,LINE,2026-01-12,2026-01-12,70\n"
            "resources,LINE,2026-01-26,2026-01-26,60\n"
        },
        [
            ("capacities row 2 column valid_from value '2026-01-12'", SHARED, RANGE),
            ("capacities row 3 column valid_from value '2026-01-26'", SHARED, RANGE),
        ],
    ),
    "two ranges that meet within a week": (
        {"capacities": ("2026-01-19,80\n", "2026-01-20,80\nresources,LINE,2026-01-22,,90\n")},
        [("capacities row 2 column valid_from value '2026-01-22'", SHARED, RANGE)],
    ),
    "an unknown owner": (
        {"capacities": ("resources,LINE", "resources,LIEN")},
        [
            (
                "capacities row 1 column owner value 'LIEN'",
                "is not a row of resources",
                "write resource of one of its rows",
            )
        ],
    ),
    "an owner with a part too many": (
        {"capacities": ("resources,LINE", "resources,LINE|PLANT")},
        [
            (
                "capacities row 1 column owner value 'LINE|PLANT'",
                "is not a row of resources",
                "write resource of one of its rows",
            )
        ],
    ),
    "an owner of a kind that has no capacity": (
        {"capacities": ("resources,LINE", "stock,CHIP|PLANT")},
        [("capacities row 1 column kind value 'stock'", "is not a known kind", KINDS)],
    ),
    "a transit longer than the lead time": (
        {"sourcing": ("sea,3,2", "sea,3,4")},
        [("sourcing row 1 column transit_time value '4'", "is longer than lead_time", TRANSIT)],
    ),
    "a lane to itself": (
        {"lanes": ("PLANT,MARKET", "MARKET,MARKET")},
        [
            (
                "lanes row 1 column destination value 'MARKET'",
                "is also the origin",
                "name two locations",
            )
        ],
    ),
    "a supplier of itself": (
        {"sourcing": ("CHIP,PLANT,FAB", "CHIP,FAB,FAB")},
        [
            (
                "sourcing row 1 column supplier value 'FAB'",
                "is also the location",
                "name two locations",
            )
        ],
    ),
    "an unknown group": (
        {"sourcing": ("logic", "logik")},
        [
            (
                "sourcing row 1 column group value 'logik'",
                "is no group of the supplier in supplier_capacity",
                "add it there or leave it blank",
            )
        ],
    ),
    "a resource elsewhere": (
        {"resources": ("LINE,PLANT", "LINE,FAB")},
        [
            (
                "production_resources row 1 column resource value 'LINE'",
                "stands at another location",
                "name a resource of the same location",
            )
        ],
    ),
    "a resource of what is not made": (
        {"production_resources": ("CAR,PLANT", "CHIP,PLANT")},
        [
            (
                "production_resources row 1 column item value 'CHIP'",
                "is in no row of production with this location, version",
                "add the row to production or correct it",
            )
        ],
    ),
    "a demand without a source": (
        {"lanes": None},
        [("demand row 1 column item value 'CAR'", "no source can serve it at MARKET", SOURCE)],
    ),
    "a demand whose component has no source": (
        {"sourcing": None, "stock": None, "scheduled_receipts": None},
        [
            (
                "demand row 1 column item value 'CAR'",
                "no source can serve it at MARKET: nothing supplies CHIP at PLANT",
                SOURCE,
            )
        ],
    ),
    "an unknown setting": (
        {"settings": ("periods", "perids")},
        [
            (
                "settings row 2 column name value 'perids'",
                "unknown setting",
                "remove it, did you mean periods?",
            )
        ],
    ),
    "a setting that is no number": (
        {"settings": ("periods,8", "periods,eight")},
        [
            (
                "settings row 2 column value value 'eight'",
                "periods is not a whole number from 1 to 1000",
                "write a whole number from 1 to 1000",
            )
        ],
    ),
    "a start within a week": (
        {"settings": ("2026-01-05", "2026-01-07")},
        [
            (
                "settings row 1 column value value '2026-01-07'",
                "start is not the first date of a week",
                "name the first date of the period, here 2026-01-05",
            )
        ],
    ),
    "a setting out of bounds": (
        {"settings": ("periods,8", "periods,8\nholding_rate,-0.1")},
        [
            (
                "settings row 3 column value value '-0.1'",
                "holding_rate is not a number from 0 to 100",
                "write a number from 0 to 100",
            )
        ],
    ),
}


def csv_text(table: str) -> str:
    """A table of the valid dataset."""
    return "".join(f"{line.strip()}\n" for line in BASE[table].strip().splitlines())


def write(folder: Path, edits: Edits) -> Path:
    """The valid dataset with ``edits``, as CSV files in ``folder``."""
    folder.mkdir()
    for name in {**BASE, **edits}:
        content = edits.get(name, ("", ""))
        if isinstance(content, tuple):
            assert content[0] in csv_text(name)
            content = csv_text(name).replace(*content)
        if content is not None:
            content = content if isinstance(content, bytes) else content.encode()
            (folder / f"{name}.csv").write_bytes(content)
    return folder


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def problems(folder: Path) -> list[str]:
    with pytest.raises(InputError) as caught:
        read_dataset(folder)
    return [str(problem) for problem in caught.value.problems]


def listing(folder: Path) -> list[str]:
    return sorted(str(path) for path in folder.rglob("*"))


def test_the_dataset_without_a_change_is_valid(tmp_path: Path) -> None:
    assert read_dataset(write(tmp_path / "data", {})).notices == ()


def test_there_are_eighty_cases() -> None:
    assert len(DATASETS) + len(SCENARIOS) >= 80


@pytest.mark.parametrize("case", DATASETS)
def test_a_malformed_dataset_is_refused(case: str, tmp_path: Path) -> None:
    edits, told = DATASETS[case]
    data = write(tmp_path / "data", edits)
    before = listing(tmp_path)
    result = run("plan", data, "--out", tmp_path / "plans" / "plan")
    lines = [f"- {where}: {what}; {remedy}" for where, what, remedy in told]
    count = "1 problem" if len(told) == 1 else f"{len(told)} problems"
    assert result.stderr.splitlines() == [f"{count} found", *lines]
    assert result.exit_code == 2
    assert result.stdout == ""
    assert listing(tmp_path) == before


def test_all_defects_of_a_dataset_are_told_at_once(tmp_path: Path) -> None:
    edits: Edits = {
        "items": ("ECU,assembly,50", "ECU,assembly,cheap"),
        "locations": ("MARKET,market", "MARKET,bazaar"),
        "bom": ("ECU,CHIP,2", "ECU,CHIP,"),
        "production": ("ECU,PLANT,0", "ECU,PLANT,-1"),
        "production_resources": ("CAR,PLANT,LINE", "CAR,PLANT,LINE-2"),
        "resources": b"resource;location\nLINE;PLANT\n",
        "sourcing": ("sea,3,2", "sea,2,3"),
        "lanes": ("CAR,PLANT,MARKET", "CAR,MARKET,MARKET"),
        "capacities": ("2026-01-19,80", "2026-01-05,80"),
        "stock": ("CHIP,PLANT,50", "CHIP,PLANT"),
        "scheduled_receipts": ("2026-01-12", "soon"),
        "demand": ("CAR,MARKET,2026-01-19,fleet,10\n", "CAR,MARKET,2026-01-20,fleet,10\n" * 2),
        "settings": ("periods,8", "period,8"),
    }
    found = problems(write(tmp_path / "data", edits))
    assert [line.partition(":")[0] for line in found] == [
        "resources value 'resource;location'",
        "stock row 1",
        "items row 2 column unit_cost value 'cheap'",
        "locations row 3 column kind value 'bazaar'",
        "bom row 2 column quantity_per",
        "production row 2 column lead_time value '-1'",
        "scheduled_receipts row 1 column due value 'soon'",
        "demand row 2 column item, location, period, customer value 'CAR|MARKET|2026-01-20|fleet'",
        "settings row 2 column name value 'period'",
        "demand row 1 column period value '2026-01-20'",
        "demand row 2 column period value '2026-01-20'",
        "capacities row 1 column valid_to value '2026-01-05'",
        "sourcing row 1 column transit_time value '3'",
        "lanes row 1 column destination value 'MARKET'",
    ]


def test_a_table_that_cannot_be_read_is_not_blamed_on_others(tmp_path: Path) -> None:
    edits: Edits = {name: b"\xff" for name in BASE if name != "settings"}
    assert problems(write(tmp_path / "data", edits)) == [
        f"{name}: is not UTF-8 text (line 1); save it as CSV in UTF-8" for name in sorted(edits)
    ]


def test_the_problems_of_the_dataset_and_of_the_scenario_are_told_together(tmp_path: Path) -> None:
    data = write(tmp_path / "data", {"stock": ("50", "fifty")})
    scenario = tmp_path / "scenario.yaml"
    scenario.write_text("name: x\nresponses: {budget: -1}")
    result = run("whatif", data, scenario, "--out", tmp_path / "out")
    assert result.exit_code == 2
    assert result.stderr.startswith("2 problems found\n- stock row 1 column quantity value 'fifty'")
    assert "- scenario.yaml column budget value '-1': is negative" in result.stderr


def test_a_process_exits_with_2_and_leaves_nothing(tmp_path: Path) -> None:
    data = write(tmp_path / "data", {"stock": ("50", "fifty")})
    before = listing(tmp_path)
    command = [sys.executable, "-c", "from app.cli import main; main()"]
    line = [*command, "convert", str(data), str(tmp_path / "copy.xlsx")]
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert "stock row 1 column quantity value 'fifty': is not a number" in done.stderr
    assert listing(tmp_path) == before


def test_no_frame_passes_with_defects_that_only_a_caller_can_make() -> None:
    with pytest.raises(DataError, match="required table is missing or empty"):
        Network.from_frames({})


# --- scenarios ---------------------------------------------------------------------------------

OUTAGE = "name: x\ndisruptions:\n- kind: supplier_outage\n  location: FAB\n  start: 2026-W03\n"
DISRUPTION = "name: x\ndisruptions:\n- start: 2026-W03\n  kind: "
KIND = "write one of supplier_outage, region_outage, allocation"

SCENARIOS: dict[str, tuple[str | bytes | None, str]] = {
    "no file": (None, "cannot be read (No such file or directory); name a YAML file"),
    "not UTF-8": (b"name: K\xe4fer", "case.yaml: is not UTF-8 text"),
    "not YAML": ("name: [x", "case.yaml: is not valid YAML"),
    "nothing": ("", "case.yaml: is empty; write name: and disruptions:"),
    "a list": ("- a\n- b", "case.yaml: is not a mapping of fields"),
    "no name": ("disruptions: []", "case.yaml column name: required field is missing; add name"),
    "an unknown field": ("name: x\ndisruption: []", "unknown field; remove it, did you mean disr"),
    "a field twice": (OUTAGE + "  start: 2026-W04", "column start: field is given twice (line 6)"),
    "an unknown kind": (
        DISRUPTION + "fire",
        f"row 1 column kind value 'fire': is not a kind of disruption; {KIND}",
    ),
    "no location": (DISRUPTION + "supplier_outage", "row 1 column location: required field is mi"),
    "an unknown location": (
        OUTAGE.replace("FAB", "FABB"),
        "row 1 column location value 'FABB': is not in locations.location of the dataset; "
        "correct the name, did you mean FAB?",
    ),
    "an unknown commodity": (
        DISRUPTION + "allocation\n  commodity: semiconductor\n  share: 0.5",
        "row 1 column commodity value 'semiconductor': is not in items.commodity of the dataset",
    ),
    "an unknown region": (
        DISRUPTION + "region_outage\n  region: Europe",
        "row 1 column region value 'Europe': is not in locations.region of the dataset",
    ),
    "an unknown item": (
        DISRUPTION + "stock_quarantine\n  item: VAN\n  share: 1",
        "row 1 column item value 'VAN': is not in items.item of the dataset",
    ),
    "a share above one": (OUTAGE + "  share: 1.2", "row 1 column share value '1.2': is above 1"),
    "a start after the horizon": (
        OUTAGE.replace("2026-W03", "2027-W03"),
        "row 1 column start value '2027-01-18'",
    ),
    "a date that does not exist": (
        OUTAGE.replace("2026-W03", "2026-W60"),
        "row 1 column start value '2026-W60': is not a date",
    ),
    "a recovery that never comes": (OUTAGE + "  recovery: 2", "column recovery value '2': is nev"),
    "a share of an unlimited capacity": (
        DISRUPTION + "lane_closure\n  item: CAR\n  share: 0.5",
        "capacity is unlimited, so no share of it and no recovery of it is defined",
    ),
    "a negative budget": ("name: x\nresponses: {budget: -1}", "column budget value '-1': is nega"),
    "an unknown response": ("name: x\nresponses: {transfer: true}", "did you mean transfers?"),
}


@pytest.fixture(scope="module")
def valid(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("valid") / "data", {})


@pytest.mark.parametrize("case", SCENARIOS)
def test_a_malformed_scenario_is_refused(case: str, valid: Path, tmp_path: Path) -> None:
    content, message = SCENARIOS[case]
    path = tmp_path / "case.yaml"
    if content is not None:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    before = listing(tmp_path)
    result = run("whatif", valid, path, "--out", tmp_path / "plans" / "case")
    assert message in result.stderr
    assert result.stderr.startswith("1 problem found\n")
    assert result.exit_code == 2
    assert result.stdout == ""
    assert listing(tmp_path) == before
