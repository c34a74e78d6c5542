"""The futures that a plan is lived through: sampled demand and sampled delays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from supplychain.checker.report import FloatArray
from supplychain.network import Network

Delays = npt.NDArray[np.integer[Any]]


@dataclass(frozen=True, eq=False)
class Futures:
    """N sampled futures; column k of all arrays is one of them.

    ``demand``: units wanted, rows of ``network.table("demand")`` x N.
    ``order_delays``: periods that a planned order comes later than its ``receipt`` says (negative:
    earlier), rows of the plan's ``orders`` x N, of an integer type.
    ``receipt_delays``: the same for scheduled receipts, rows of the plan's ``receipts`` x N.

    Raises ValueError where the arrays have not the same number of columns, where demand is negative
    or not finite, or where a delay is not an integer.
    """

    demand: FloatArray
    order_delays: Delays
    receipt_delays: Delays

    def __post_init__(self) -> None:
        arrays = (self.demand, self.order_delays, self.receipt_delays)
        if any(array.ndim != 2 for array in arrays):
            raise ValueError("demand and delays must be matrices: rows x samples")
        if len({array.shape[1] for array in arrays}) != 1 or not self.samples:
            raise ValueError("demand and delays must have the same number of samples, at least 1")
        if not (np.isfinite(self.demand).all() and (self.demand >= 0).all()):
            raise ValueError("demand must be finite and not negative: clip what was sampled")
        if any(array.dtype.kind not in "iu" for array in arrays[1:]):
            raise ValueError("delays must be whole periods: round them, and cast to an integer")

    @property
    def samples(self) -> int:
        """Number of futures, N."""
        return int(self.demand.shape[1])

    def check_fits(self, network: Network, tables: Mapping[str, pd.DataFrame]) -> None:
        """Raise ValueError where the rows are not those of ``network`` and of the plan."""
        expected = {"demand": len(network.table("demand")), "order_delays": len(tables["orders"]),
                    "receipt_delays": len(tables["receipts"])}  # fmt: skip
        for name, rows in expected.items():
            if (given := getattr(self, name).shape[0]) != rows:
                raise ValueError(f"{name} has {given} rows, the plan and its data have {rows}")


def certain_futures(
    network: Network, tables: Mapping[str, pd.DataFrame], samples: int = 1
) -> Futures:
    """Futures without uncertainty: the demand of ``network``, all on time, ``samples`` times."""
    quantity = network.table("demand")["quantity"].to_numpy(np.float64)
    return Futures(
        np.repeat(quantity[:, None], samples, axis=1),
        np.zeros((len(tables["orders"]), samples), dtype=np.int16),
        np.zeros((len(tables["receipts"]), samples), dtype=np.int16),
    )
