"""Reading the result tables of a plan: columns, types, keys; dates become period numbers."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import numpy as np
import pandas as pd

from supplychain.checker.chain import Chain
from supplychain.checker.keys import NEVER, Keys, numbers_of, within
from supplychain.checker.report import Findings
from supplychain.checker.tables import LAST, RESULTS, TERMS, ResultTable


def read_results(
    results: Mapping[str, pd.DataFrame], chain: Chain, findings: Findings
) -> dict[str, pd.DataFrame] | None:
    """Typed copies of all result tables, or None where they cannot be checked further."""
    before = findings.failed["tables"]
    tables = {name: _read(name, RESULTS[name], results, chain, findings) for name in RESULTS}
    if findings.failed["tables"] == before:
        _check_known_keys(tables, chain, findings)
    return tables if findings.failed["tables"] == before else None


def read_last(
    last: Mapping[str, pd.DataFrame], chain: Chain, findings: Findings
) -> dict[str, pd.DataFrame] | None:
    """Typed copies of the decisions of the last plan, or None where they cannot be read."""
    before = findings.failed["tables"]
    tables = {name: _read(name, LAST[name], last, chain, findings) for name in LAST}
    return tables if findings.failed["tables"] == before else None


def _read(
    name: str,
    table: ResultTable,
    results: Mapping[str, pd.DataFrame],
    chain: Chain,
    findings: Findings,
) -> pd.DataFrame:
    empty = _without_rows(table)
    if name not in results:
        if not table.optional:
            findings.fail("result table is missing", name)
        return empty
    raw = results[name]
    if missing := [column for column in table.columns if column not in raw]:
        findings.fail(f"columns are missing: {', '.join(missing)}", name)
        return empty
    if not len(raw):
        return empty
    raw = raw[list(table.columns)].reset_index(drop=True)
    frame = pd.DataFrame({column: _text(raw[column]) for column in table.texts}, index=raw.index)
    labels = frame[[column for column in table.key if column in table.texts]].copy()
    labels.insert(0, "table", name)
    _add_periods(table, raw, frame, labels, chain, findings)
    _add_numbers(table, raw, frame, labels, findings)
    for column in table.flags:
        text = raw[column].astype("str").str.lower()
        findings.record("tables", f"{column} is no flag", labels, ~_isin(text, "true", "false"))
        frame[column] = text == "true"
    repeated = frame.duplicated(list(table.key)).to_numpy()
    findings.record("tables", "key is repeated", labels, repeated)
    return frame


def _without_rows(table: ResultTable) -> pd.DataFrame:
    return _empty_frame(table).copy(deep=False)


@cache
def _empty_frame(table: ResultTable) -> pd.DataFrame:
    types = dict.fromkeys(table.texts, "str")
    types |= dict.fromkeys((*table.inside, *table.periods, *table.dates), "int64")
    types |= dict.fromkeys((*table.numbers, *table.signed, *table.open_numbers), "float64")
    types |= dict.fromkeys(table.flags, "bool")
    return pd.DataFrame({name: pd.Series(dtype=of) for name, of in types.items()})


def _text(values: pd.Series) -> pd.Series:
    """Cells as text; blanks as ""."""
    return values.astype("str").where(values.notna(), "").astype("str")


def _isin(text: pd.Series, *choices: str) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    return text.isin(choices).to_numpy(bool)


def _add_periods(
    table: ResultTable,
    raw: pd.DataFrame,
    frame: pd.DataFrame,
    labels: pd.DataFrame,
    chain: Chain,
    findings: Findings,
) -> None:
    calendar = chain.calendar
    for column in (*table.inside, *table.periods, *table.dates):
        dates = pd.to_datetime(raw[column], errors="coerce")
        number = numbers_of(calendar, dates)
        given = number != NEVER
        if column not in table.dates:
            findings.record("tables", f"{column} is blank or no date", labels, ~given)
        if column != "due":
            eve = dates - pd.Timedelta(days=1)
            other = given & (numbers_of(calendar, eve) == number)
            findings.record("tables", f"{column} is not the first of a period", labels, other)
        if column in table.inside:
            outside = given & ~within(number, calendar.periods)
            findings.record("tables", f"{column} is outside the horizon", labels, outside)
        frame[column] = dates if column == "due" else number


def _add_numbers(
    table: ResultTable,
    raw: pd.DataFrame,
    frame: pd.DataFrame,
    labels: pd.DataFrame,
    findings: Findings,
) -> None:
    for column in (*table.numbers, *table.signed, *table.open_numbers):
        value = pd.to_numeric(raw[column], errors="coerce").to_numpy(np.float64)
        blank = np.isnan(value)
        accepted = np.isfinite(value) | (blank & (column in table.open_numbers))
        findings.record("tables", f"{column} is not a finite number", labels, ~accepted, value)
        if column not in table.signed:
            negative = value < -findings.tolerance
            findings.record("tables", f"{column} is negative", labels, negative, value, 0.0)
        if table.positive and column == "quantity":
            empty = ~negative & (value <= 0)
            findings.record("tables", "row without a quantity", labels, empty, value, 0.0)
        frame[column] = value


def _check_known_keys(tables: dict[str, pd.DataFrame], chain: Chain, findings: Findings) -> None:
    """Every key of a result names a row of the network, within the modelled chain."""
    places = chain.places
    place = ["item", "location"]
    demand = _demand_keys(chain)
    kinds = {
        "orders": (chain.sourcing.keys, place),
        "transfers": (chain.lanes.keys, ["item", "destination"]),
        "builds": (chain.production.keys, place),
        "inventory": (places, place),
        "deliveries": (demand, place),
    }
    for name, (keys, columns) in kinds.items():
        table = tables[name]
        known = (keys.find(table) >= 0) & (places.find(table, columns) >= 0)
        _require_known(findings, name, table[keys.columns], known)
    _require_keys(findings, "service", tables["service"], demand)
    _require_keys(findings, "receipts", tables["receipts"], _receipt_keys(chain))
    items = Keys(places.frame[["item"]].drop_duplicates(), ["item"])
    _require_keys(findings, "closing", tables["closing"], items)
    terms = Keys(pd.DataFrame({"term": pd.Series(TERMS, dtype="str")}), ["term"])
    _require_keys(findings, "costs", tables["costs"], terms)
    _require_keys(findings, "capacity_use", tables["capacity_use"], _owners(chain))
    _require_keys(findings, "lines", tables["lines"], chain.resources)
    _check_known_levers(tables, chain, findings)


def _check_known_levers(tables: dict[str, pd.DataFrame], chain: Chain, findings: Findings) -> None:
    """Every key of a lever names a row of the tables that permit it."""
    network, made = chain.network, chain.production.keys
    bom = Keys(network.table("bom"), ["item", "version", "component"])
    green = Keys(network.table("substitutes"), ["item", "component", "substitute", "location"])
    short = Keys(network.table("short_builds"), ["item", "component", "location"])
    kinds = {
        "qualifications": (chain.sourcing.keys, chain.places),
        "substitutions": (made, chain.places, green),
        "short_builds": (made, chain.places, short, bom),
        "retrofits": (made, chain.places, short, bom),
        "parked": (made, chain.places, short, bom),
        "overtime": (Keys(network.table("overtime"), ["resource", "step"]),),
        "reschedules": (_receipt_keys(chain),),
        "contracts": (Keys(network.table("contracts"), ["contract"]),),
    }
    for name, needed in kinds.items():
        if not len(table := tables[name]):
            continue
        known = np.all([keys.find(table) >= 0 for keys in needed], axis=0)
        _require_known(findings, name, table[[*RESULTS[name].texts]], known)


def _demand_keys(chain: Chain) -> Keys:
    demand = chain.network.table("demand")
    demand = demand.assign(period=numbers_of(chain.calendar, demand["period"]))
    return Keys(demand, ["item", "location", "period", "customer"])


def _receipt_keys(chain: Chain) -> Keys:
    scheduled = chain.network.table("scheduled_receipts")
    return Keys(scheduled, ["order_id", "line", "item", "location", "origin"])


def _owners(chain: Chain) -> Keys:
    kinds = {
        "resources": chain.resources,
        "supplier_capacity": chain.groups,
        "sourcing": chain.sourcing.keys,
        "lanes": chain.lanes.keys,
        "production": chain.production.keys,
    }
    frames = [keys.joined().assign(kind=kind) for kind, keys in kinds.items()]
    return Keys(pd.concat(frames).astype("str"), ["kind", "owner"])


def _require_keys(findings: Findings, name: str, table: pd.DataFrame, keys: Keys) -> None:
    _require_known(findings, name, table[keys.columns], keys.find(table) >= 0)


def _require_known(
    findings: Findings,
    name: str,
    keys: pd.DataFrame,
    known: np.ndarray[tuple[int], np.dtype[np.bool_]],
) -> None:
    labels = keys.copy()
    labels.insert(0, "table", name)
    findings.record("tables", "unknown key", labels, ~known)
