"""The command buffers: numbers that follow by hand, text that fits, exit codes, files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from scipy.stats import norm
from typer.testing import CliRunner, Result

from app.cli import app as commands
from app.service.forecasts.filling import Filled
from app.service.futures.demand_spread import demand_spread
from supplychain.files import write_dataset
from supplychain.network import Network
from tests.support import tiny

TABLES = {
    "items": """
        item  unit_cost
        CAR   100
        CHIP  10
    """,
    "locations": """
        location  kind      time_to_recover
        FAB       supplier  8
        PLANT     plant     -
        MARKET    market    -
        SPARE     supplier  4
    """,
    "bom": """
        item  version   component  quantity_per
        CAR   standard  CHIP       2
    """,
    "production": """
        item  location  lead_time
        CAR   PLANT     1
    """,
    "sourcing": """
        item  location  supplier  lead_time  routine
        CHIP  PLANT     FAB       3          true
        CHIP  PLANT     SPARE     3          false
    """,
    "lanes": """
        item  origin  destination  lead_time
        CAR   PLANT   MARKET       2
    """,
    "stock": """
        item  location  quantity
        CHIP  PLANT     60
        CAR   MARKET    10
    """,
    "demand": """
        item  location  period  quantity  unit_revenue  lost_cost
        CAR   MARKET    0       8         150           5
        CAR   MARKET    1       12        150           5
        CAR   MARKET    2       8         150           5
        CAR   MARKET    3       12        150           5
    """,
}
DEVIATION = (16 / 3) ** 0.5  # of 8, 12, 8, 12


def company(**changes: str) -> Network:
    return tiny(holding_rate=0.2, **{**TABLES, **changes})


def run(folder: Path, *options: str, columns: int = 80) -> Result:
    line = ["buffers", str(folder), "--no-forecast", *options]
    return CliRunner(env={"COLUMNS": str(columns)}).invoke(commands, line)


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("buffers") / "data"
    write_dataset(dict(company().tables), folder)
    return folder


@pytest.fixture(scope="module")
def found(dataset: Path) -> dict[str, Any]:
    """The document of the dataset without any option."""
    return document(dataset)


def document(folder: Path, *options: str) -> dict[str, Any]:
    result = run(folder, "--json", *options)
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def test_cost_and_stock_are_those_of_the_formula(found: dict[str, Any]) -> None:
    """Chips and cars cover 3 periods each: z sigma sqrt(3) of 2 x 2 a chip and 20 a car."""
    unit = norm.ppf(0.95) * DEVIATION * 3**0.5
    assert found["placement"]["status"] == "optimal"
    assert found["placement"]["cost"] == pytest.approx(unit * (2 * 2 + 20))
    stock = {(row["item"], row["location"]): row["stock"] for row in found["stages"]}
    assert stock["CHIP", "PLANT"] == pytest.approx(2 * unit)
    assert stock["CAR", "MARKET"] + stock["CAR", "PLANT"] == pytest.approx(unit)


def test_cost_grows_with_service_and_falls_with_what_is_promised(
    dataset: Path, found: dict[str, Any]
) -> None:
    better = document(dataset, "--service", "0.99")
    ratio = norm.ppf(0.99) / norm.ppf(0.95)
    assert better["placement"]["cost"] == pytest.approx(found["placement"]["cost"] * ratio)
    told = {row["service"]: row["cost"] for row in found["services"]}
    assert told[0.99] == pytest.approx(better["placement"]["cost"])
    assert document(dataset, "--promise", "9")["placement"]["cost"] == 0.0


def test_an_outage_is_priced_by_the_gap_between_recovery_and_survival(
    found: dict[str, Any],
) -> None:
    """60 chips and 10 cars serve 40 cars: 4 periods of 10. The other 4 need 80 chips or lose."""
    outages = {row["location"]: row for row in found["outages"]}
    assert list(outages) == ["FAB"]  # SPARE is no routine source
    fab = outages["FAB"]
    assert (fab["time_to_recover"], fab["survives"]) == (8, pytest.approx(4))
    assert fab["gap"] == pytest.approx(4)
    assert (fab["units"], fab["cost"]) == (pytest.approx(80), pytest.approx(80 * 2))
    assert fab["lost"] == pytest.approx(40 * (150 - 100 + 5))
    assert fab["lost_a_period"] == pytest.approx(10 * 55)
    assert fab["years"] == pytest.approx(2200 / 160)
    assert [(part["item"], part["units"]) for part in fab["parts"]] == [("CHIP", pytest.approx(80))]


@pytest.mark.parametrize("columns", [80, 120])
def test_text_fits_the_terminal(dataset: Path, columns: int) -> None:
    result = run(dataset, columns=columns)
    assert result.exit_code == 0
    assert max(map(len, result.stdout.splitlines())) <= columns
    for text in ("Safety stock", "Stock by item and location", "What service costs",
                 "Recovery against survival", "optimal, gap 0.0 %", "13.8 y"):  # fmt: skip
        assert text in result.stdout


def test_the_same_input_gives_the_same_document(dataset: Path, found: dict[str, Any]) -> None:
    assert _untimed(document(dataset)) == _untimed(found)


def _untimed(document: dict[str, Any]) -> dict[str, Any]:
    placement = {**document["placement"], "seconds": None}
    return {**document, "seconds": None, "placement": placement}


def test_tables_are_written_once(dataset: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert document(dataset, "--out", str(out))["out"] == str(out)
    assert len(pd.read_csv(out / "buffers.csv")) == 3
    assert pd.read_csv(out / "outages.csv")["location"].tolist() == ["FAB"]
    assert run(dataset, "--out", str(out)).exit_code == 2


def test_stock_that_costs_nothing_and_wrong_options_are_input_errors(tmp_path: Path) -> None:
    write_dataset(dict(tiny(**TABLES).tables), tmp_path / "free")
    result = run(tmp_path / "free")
    assert result.exit_code == 2
    assert "holding_rate" in result.stderr
    assert run(tmp_path / "free", "--service", "1.5").exit_code == 2
    assert run(tmp_path / "nowhere").exit_code == 2


def test_deviation_comes_from_the_forecast_then_history_then_the_demand_itself() -> None:
    history = """
        item  location  period  quantity  in_stock
        CAR   MARKET    -3      10        true
        CAR   MARKET    -2      14        true
        CAR   MARKET    -1      0         false
    """
    forecast = pd.DataFrame({"item": ["CAR"] * 2, "location": ["MARKET"] * 2,
                             "quantile_P10": [0.0, 0.0], "quantile_P90": [2.0, 14.0]})  # fmt: skip
    plain, known = company(), company(demand_history=history)
    width = norm.ppf(0.9) - norm.ppf(0.1)
    for network, table, source, deviation in (
        (plain, None, "demand", DEVIATION),
        (known, None, "history", 8**0.5),
        (known, forecast, "forecast", 10 / width),  # root mean square of 2 and 14
    ):
        found = demand_spread(Filled(network, network, table, None, {})).iloc[0]
        assert (found["source"], found["mean"], found["loss"]) == (source, 10, 55)
        assert found["deviation"] == pytest.approx(deviation)
