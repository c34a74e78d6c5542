"""Commands that look ahead, as a user types them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from app.cli import app

DATA = Path(__file__).resolve().parents[2] / "data" / "automaker"
CHIPS = DATA / "scenarios" / "chip-shortage.yaml"


def run(*arguments: object, code: int = 0) -> Any:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert result.exit_code == code, f"{result.exit_code}: {result.output}{result.stderr}"
    return result


@pytest.fixture
def history(tmp_path: Path) -> Path:
    random = np.random.default_rng(1)
    rows = [(f"P{part}", f"2024-{month:02}", int(random.poisson(part)))
            for part in range(6) for month in range(1, 13)]  # fmt: skip
    path = tmp_path / "history.csv"
    pd.DataFrame(rows, columns=["item", "period", "quantity"]).to_csv(path, index=False)
    return path


def test_a_forecast_of_one_file_is_written_with_the_levels_asked_for(
    history: Path, tmp_path: Path
) -> None:
    out = tmp_path / "new" / "forecast.csv"
    shown = run("forecast", "demand", history, "--horizon", 3, "--quantiles", "0.1,0.5,0.975",
                "--out", out).stdout  # fmt: skip
    table = pd.read_csv(out, keep_default_na=False)
    assert table.columns.tolist() == ["item", "location", "period", "available_at", "mean",
                                      "quantile_P10", "quantile_P50", "quantile_P97.5"]  # fmt: skip
    assert len(table) == 6 * 3
    assert table["period"].unique().tolist() == ["2025-01-01", "2025-02-01", "2025-03-01"]
    assert "6 series of 12 months" in shown


def test_without_a_file_the_table_is_the_output(history: Path) -> None:
    lines = run("forecast", "demand", history, "--horizon", 1).stdout.splitlines()
    assert lines[0].startswith("item,location,period,available_at,mean,quantile_P10")
    assert len(lines) == 7
    rows = json.loads(run("forecast", "demand", history, "--horizon", 1, "--json").stdout)["table"]
    assert rows[0]["item"] == "P0"


def test_brands_and_components_want_a_dataset(history: Path, tmp_path: Path) -> None:
    told = run("forecast", "demand", history, "--horizon", 1, "--totals", tmp_path / "t.csv",
               code=2).stderr  # fmt: skip
    assert "need a dataset" in told
    assert not (tmp_path / "t.csv").exists()


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("--quantiles", "0.5,2"), "value '2'"),
        (("--out", "x.txt"), ".csv or .parquet"),
        (("--frequency", "day"), "coarser"),
    ],
)
def test_wrong_options_are_told(history: Path, arguments: tuple[str, ...], word: str) -> None:
    assert word in run("forecast", "demand", history, "--horizon", 2, *arguments, code=2).stderr


def test_lead_times_and_arrivals_of_a_dataset(tmp_path: Path) -> None:
    out = tmp_path / "lead_times.csv"
    run("forecast", "lead-time", DATA, "--as-of", "2026-01-04", "--out", out)
    table = pd.read_csv(out)
    assert {"item", "supplier", "mode", "quantile_P90", "delay_quantile_P90"} <= set(table)
    orders = tmp_path / "open.csv"
    orders.write_text("order_id,item,location,supplier,mode,ordered_on,promised_on\n"
                      f"X1,{table['item'][0]},{table['location'][0]},{table['supplier'][0]},"
                      f"{table['mode'][0]},2025-12-01,2026-02-01\n")  # fmt: skip
    lines = run("forecast", "lead-time", DATA, "--as-of", "2026-01-04", "--orders",
                orders).stdout.splitlines()  # fmt: skip
    assert lines[0].startswith("order_id,quantile_P10")
    assert float(lines[1].split(",")[1]) >= 34  # it was not there after 34 days


def test_a_date_that_is_none_is_told() -> None:
    told = run("forecast", "lead-time", DATA, "--as-of", "soon", code=2).stderr
    assert "is not a date" in told


def test_a_backtest_writes_its_table_and_a_page_that_opens_offline(
    history: Path, tmp_path: Path
) -> None:
    out = tmp_path / "backtest"
    shown = run("backtest", history, "--horizon", 2, "--origins", 2, "--out", out).stdout
    assert "seasonal naive" in shown
    assert "zero" in shown
    assert set(pd.read_csv(out / "backtest.csv")["method"]) >= {"combined", "zero", "forest"}
    page = (out / "report.html").read_text()
    assert page.count("<svg") >= 2
    assert "http" not in page.replace("http://www.w3.org", "")


def test_shortages_say_what_stops_and_when(tmp_path: Path) -> None:
    out = tmp_path / "short"
    asked = ("shortages", DATA, "--scenario", CHIPS, "--samples", 40, "--no-forecast")
    document = json.loads(run(*asked, "--json", "--out", out).stdout)
    assert document["samples"] == 40
    assert document["uncertain"] == {"demand": False, "lead_times": False}
    # nothing is uncertain: every future is the plan
    for name in ("on_time", "late", "lost", "open"):
        assert document["totals"][name]["P90"] == pytest.approx(document["plan"][name], abs=1e-3)
    lines = {row["name"]: row for row in document["lines"] if row["kind"] == "line"}
    assert lines["LINE-US-1"]["probability"] == 1.0
    assert lines["LINE-US-1"]["down_P10"] == lines["LINE-US-1"]["down_P90"] == "2026-04-20"
    assert {file.stem for file in out.iterdir()} == {
        "stock", "line_down", "service", "totals", "ranking",
    }  # fmt: skip
