"""How long a supply chain serves all demand while one location makes and sends nothing.

The time to survive of Simchi-Levi et al. (2015), Identifying risks and mitigating disruptions in
the automotive supply chain, Interfaces 45(5): a linear program over totals in a window of w
periods from now on. Lead times within the window are left aside, so it is the best case; what the
other locations send arrives at the rate of their capacity.

Sets
    n item-locations, o routine options (see routes), f the location that stands still.
Data (unit)
    d demand a period (units), I stock on hand, and in transit from f (units), q quantity of an
    input for one unit, u use of a capacity by one unit, K capacity a period, h cost of holding one
    unit a year, m money lost with one unit of demand.
Variables, all >= 0
    flow[o]      units in the window; 0 where f makes or sends them
    window       periods
    extra[n]     units of stock more than there is
    unserved[n]  units of demand not served, at most d[n] window

Equations, each a function of this module and a block of rows of the program
    (T1) balance   I[n] + extra[n] + sum flow in - sum q flow out
                   >= d[n] window - unserved[n]
    (T2) capacity  sum u flow <= K window, for options, supplier groups and resources
    (T3) unserved  unserved[n] <= d[n] window

Three questions to one program
    time to survive: the longest window without extra stock and without unserved demand;
    buffer: the extra stock at least holding cost with which the window is the time to recover;
    loss: the least money lost with unserved demand in such a window without extra stock.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from solver.buffers.routes import ABOVE, routes_of
from solver.data import positions
from solver.optimizer import SolverOptions, solve
from solver.program import Floats, LinearProgram, ProgramBuilder
from solver.receipts import IN_TRANSIT, commit_receipts
from supplychain.errors import PlanError
from supplychain.network import Network

LONGEST = 1000.0  # periods; a chain that survives so long does not depend on the location
_PAIR = ["item", "location"]
_SENT = ["origin", "place", "quantity"]


@dataclass(frozen=True, eq=False)
class Survival:
    """The program of one network of routine options over its item-locations ``pairs``."""

    pairs: pd.DataFrame
    routes: pd.DataFrame
    program: LinearProgram
    on_hand: Floats
    in_transit: pd.DataFrame
    holding_cost: Floats
    loss: Floats

    def time_to_survive(self, location: str, at_least: Floats | None = None) -> float:
        """Periods for which all demand is served; infinite where it does not end.

        ``at_least`` (units by item-location) raises the stock on hand to that level.
        """
        longest = self._solved(location, at_least, {"window": 1.0}, {"window": (0.0, LONGEST)})
        periods = float(longest[self.program.column_blocks["window"]][0])
        return np.inf if periods >= LONGEST * (1 - 1e-9) else periods

    def buffer(self, location: str, window: float, at_least: Floats | None = None) -> Floats:
        """Extra stock by item-location, at least holding cost, to survive ``window`` periods."""
        bounds = {"window": (window, window), "extra": (0.0, np.inf)}
        solved = self._solved(location, at_least, {"extra": -self.holding_cost}, bounds)
        return solved[self.program.column_blocks["extra"]]

    def lost(self, location: str, window: float, at_least: Floats | None = None) -> float:
        """Least money lost with demand not served in ``window`` periods."""
        bounds = {"window": (window, window), "unserved": (0.0, np.inf)}
        solved = self._solved(location, at_least, {"unserved": -self.loss}, bounds)
        return float(self.loss @ solved[self.program.column_blocks["unserved"]])

    def _solved(
        self,
        location: str,
        at_least: Floats | None,
        worth: Mapping[str, Floats | float],
        bounds: Mapping[str, tuple[float, float]],
    ) -> Floats:
        program, blocks = self.program, self.program.column_blocks
        cost, lower, upper = (np.zeros(program.shape[1]) for _ in range(3))
        upper[blocks["flow"]] = np.where(self.routes["dispatcher"] == location, 0.0, np.inf)
        for name, value in worth.items():
            cost[blocks[name]] = value
        for name, (least, most) in bounds.items():
            lower[blocks[name]], upper[blocks[name]] = least, most
        row_lower = program.row_lower.copy()
        row_lower[program.row_blocks["balance"]] = -self._stock(location, at_least)
        derived = program.derive(cost=cost, lower=lower, upper=upper, row_lower=row_lower)
        solution = solve(derived, SolverOptions())
        if solution.status != "optimal":
            raise PlanError(f"no time to survive an outage of {location} was found")
        return solution.values

    def _stock(self, location: str, at_least: Floats | None) -> Floats:
        """Stock on hand, raised to ``at_least``, and what is in transit from ``location``."""
        rows = self.in_transit[self.in_transit["origin"].isin([location, ""])]
        arriving = np.zeros(len(self.pairs))
        np.add.at(arriving, rows["place"].to_numpy(), rows["quantity"].to_numpy(dtype=float))
        on_hand = self.on_hand if at_least is None else np.maximum(self.on_hand, at_least)
        return on_hand + arriving


def survival_of(
    network: Network, pairs: pd.DataFrame, demand: pd.DataFrame, holding_cost: Floats
) -> Survival:
    """The program of ``network`` (routine options, expanded) over ``pairs`` (item, location).

    ``demand``: item, location, mean (units a period) and loss (money a unit); ``holding_cost`` of
    a unit and year by pair.
    """
    index = pd.MultiIndex.from_frame(pairs[_PAIR])
    routes, inputs = routes_of(network, index)
    place = positions(index, demand["item"], demand["location"])
    rate, loss = np.zeros(len(pairs)), np.zeros(len(pairs))
    rate[place], loss[place] = demand["mean"], demand["loss"]
    builder = ProgramBuilder()
    for name, count in (("flow", len(routes)), ("window", 1), ("extra", len(pairs)),
                        ("unserved", len(pairs))):  # fmt: skip
        builder.add_columns(name, np.zeros(count))
    _balance(builder, index, routes, inputs, rate)
    _capacity(builder, _uses(network, routes))
    _unserved(builder, rate)
    stock = network.table("stock").groupby(_PAIR)["quantity"].sum()
    on_hand = stock.reindex(index).fillna(0.0).to_numpy(dtype=float)
    return Survival(pairs, routes, builder.freeze(), on_hand, _in_transit(network, index),
                    holding_cost, loss)  # fmt: skip


def _in_transit(network: Network, index: pd.MultiIndex) -> pd.DataFrame:
    """Scheduled receipts on their way (origin, place, quantity); without origin they are sure."""
    committed = commit_receipts(network)
    rows = committed.table.assign(
        quantity=committed.quantity,
        place=positions(index, committed.table["item"], committed.table["location"]),
    )
    is_sure = (committed.dispatch == IN_TRANSIT) & (rows["place"].to_numpy() >= 0)
    return pd.DataFrame(rows.loc[is_sure, _SENT])


def _balance(
    builder: ProgramBuilder,
    index: pd.MultiIndex,
    routes: pd.DataFrame,
    inputs: pd.DataFrame,
    rate: Floats,
) -> None:
    """(T1): what is there and comes in covers what goes out and the demand."""
    count = len(index)
    builder.add_rows("balance", np.zeros(count), np.full(count, np.inf))
    places = np.arange(count)
    into = positions(index, routes["item"], routes["location"])
    builder.add_entries("balance", into, "flow", np.arange(len(routes)), 1.0)
    out_of = positions(index, inputs[ABOVE[0]], inputs[ABOVE[1]])
    builder.add_entries("balance", out_of, "flow", inputs["route"].to_numpy(),
                        -inputs["quantity"].to_numpy(dtype=float))  # fmt: skip
    builder.add_entries("balance", places, "window", np.zeros(count, np.int64), -rate)
    for name in ("extra", "unserved"):
        builder.add_entries("balance", places, name, places, 1.0)


def _uses(network: Network, routes: pd.DataFrame) -> pd.DataFrame:
    """Use of capacities by routes: route, owner, use a unit, capacity a period."""
    own = routes[routes["capacity"].notna()]
    own = own.assign(owner=own.index.astype("str"), use=1.0)
    groups = network.table("supplier_capacity").rename(columns={"supplier": "dispatcher"})
    grouped = routes.drop(columns="capacity").reset_index(names="number")
    grouped = grouped.merge(groups, on=["dispatcher", "group"]).set_index("number")
    grouped = grouped.assign(owner=grouped["dispatcher"] + "|" + grouped["group"],
                             use=grouped["group_per_unit"])  # fmt: skip
    resources = network.table("resources").drop(columns="location")
    detail = network.table("production_resources").merge(resources, on="resource")
    made = routes.drop(columns="capacity").reset_index(names="number")
    made = made.merge(detail, on=["item", "location", "version"]).set_index("number")
    made = made.assign(owner="resource|" + made["resource"], use=made["per_unit"])
    columns = ["owner", "use", "capacity"]
    uses = pd.concat([rows[columns] for rows in (own, grouped, made)])
    return uses[uses["capacity"].notna()].reset_index(names="route")


def _capacity(builder: ProgramBuilder, uses: pd.DataFrame) -> None:
    """(T2): what is made and sent in the window keeps within the capacity of its periods."""
    owner, owners = pd.factorize(uses["owner"])
    capacity = uses.groupby(owner)["capacity"].first().to_numpy(dtype=float)
    builder.add_rows("capacity", np.full(len(owners), -np.inf), np.zeros(len(owners)))
    builder.add_entries("capacity", owner, "flow", uses["route"].to_numpy(dtype=np.int64),
                        uses["use"].to_numpy(dtype=float))  # fmt: skip
    builder.add_entries("capacity", np.arange(len(owners)), "window",
                        np.zeros(len(owners), np.int64), -capacity)  # fmt: skip


def _unserved(builder: ProgramBuilder, rate: Floats) -> None:
    """(T3): no more is lost than is wanted."""
    count = len(rate)
    builder.add_rows("unserved", np.full(count, -np.inf), np.zeros(count))
    places = np.arange(count)
    builder.add_entries("unserved", places, "unserved", places, 1.0)
    builder.add_entries("unserved", places, "window", np.zeros(count, np.int64), -rate)
