"""What the calm plan needs where and when: demand exploded backwards along the routine ways."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse

from supplychain.example.company import Company
from supplychain.example.routes import MADE
from supplychain.example.tables import Numbers
from supplychain.schema import STANDARD

LEVELS = 8  # longest chain: market, plant, assembly at plant and tier-1, its part at both, chip


@dataclass(frozen=True)
class Requirement:
    """Weekly need of every item-location: ``weekly[row, week]``, row numbers by ``rows``.

    Weeks beyond the horizon are there because early stages work for them.
    """

    rows: pd.MultiIndex
    weekly: Numbers

    def of(self, items: pd.Series, locations: pd.Series) -> Numbers:
        """Weekly need of pairs of item and location, one row each; unknown pairs raise."""
        return np.asarray(self.weekly[positions(self.rows, items, locations)])


def positions(index: pd.MultiIndex, items: pd.Series, locations: pd.Series) -> np.ndarray:
    """Row numbers of pairs; KeyError where one is unknown."""
    found = index.get_indexer(pd.MultiIndex.from_arrays([items, locations]))
    if (found < 0).any():
        raise KeyError(f"{int((found < 0).sum())} unknown item-locations")
    return found


def explode(
    company: Company, options: pd.DataFrame, lanes: pd.DataFrame, demand: pd.DataFrame
) -> Requirement:
    """Explode ``demand`` (rows item, location; columns are weeks) through the routine network."""
    edges = pd.concat([_lane_edges(lanes), _source_edges(options), _bom_edges(company)])
    rows = _item_locations(edges, demand)
    direct = np.zeros((len(rows), demand.shape[1]))
    places = demand.index.to_frame(index=False).set_axis(["item", "location"], axis=1)
    np.add.at(
        direct,
        positions(rows, places["item"], places["location"]),
        demand.to_numpy(),
    )
    lags = edges["lag"].to_numpy(dtype=np.int64)
    matrices = {int(lag): _matrix(rows, edges[lags == lag]) for lag in np.unique(lags)}
    weekly = direct
    for _ in range(LEVELS):
        weekly = direct + sum(
            (matrix @ _advance(weekly, lag) for lag, matrix in matrices.items()),
            np.zeros_like(direct),
        )
    return Requirement(rows, weekly)


def _lane_edges(lanes: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "item": lanes["item"],
            "location": lanes["destination"],
            "from_item": lanes["item"],
            "from_location": lanes["origin"],
            "factor": lanes["share"],
            "lag": lanes["lead_time"],
        }
    )


def _source_edges(options: pd.DataFrame) -> pd.DataFrame:
    made = options[options["kind"] == MADE]
    return pd.DataFrame(
        {
            "item": made["item"],
            "location": made["location"],
            "from_item": made["item"],
            "from_location": made["supplier"],
            "factor": made["share"],
            "lag": made["lead_time"],
        }
    )


def _bom_edges(company: Company) -> pd.DataFrame:
    makers = makers_frame(company)
    drawn = makers.merge(company.bom, on=["item", "version"])
    active = drawn["routine"] & (drawn["version"] == STANDARD)
    return pd.DataFrame(
        {
            "item": drawn["item"],
            "location": drawn["location"],
            "from_item": drawn["component"],
            "from_location": drawn["location"],
            "factor": drawn["quantity_per"].where(active, 0.0),
            "lag": drawn["lead_time"],
        }
    )


def makers_frame(company: Company) -> pd.DataFrame:
    """Production rows as a frame."""
    return pd.DataFrame([vars(maker) for maker in company.makers])


def _item_locations(edges: pd.DataFrame, demand: pd.DataFrame) -> pd.MultiIndex:
    pairs = pd.concat(
        [
            edges[["item", "location"]],
            edges[["from_item", "from_location"]].set_axis(["item", "location"], axis=1),
            demand.index.to_frame(index=False).set_axis(["item", "location"], axis=1),
        ]
    )
    return pd.MultiIndex.from_frame(pairs.drop_duplicates().sort_values(["item", "location"]))


def _matrix(rows: pd.MultiIndex, edges: pd.DataFrame) -> sparse.csr_array:
    supplier = positions(rows, edges["from_item"], edges["from_location"])
    user = positions(rows, edges["item"], edges["location"])
    shape = (len(rows), len(rows))
    return sparse.csr_array((edges["factor"].to_numpy(dtype=float), (supplier, user)), shape=shape)


def _advance(weekly: Numbers, lag: int) -> Numbers:
    """Need of the stage before, which works ``lag`` weeks ahead."""
    if lag == 0:
        return weekly
    return np.hstack([weekly[:, lag:], np.repeat(weekly[:, -1:], lag, axis=1)])
