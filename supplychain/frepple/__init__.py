"""Import of a frePPLe dump (Django fixture, JSON) as a dataset of the data contract.

How frePPLe's model maps onto the contract, and what is settled on the way:

* **Time**: periods of a day or a week. A time below half a period counts as 0, a longer one is
  rounded up to whole periods; a routing's steps are added up first.
* **Items, locations, customers, suppliers**: groups (owners) are replaced by their members; a
  supplier is a location of kind supplier.
* **Item suppliers** are sourcing, **item distributions** lanes, **operations** production with
  BOM and resources; see :mod:`.supply`, :mod:`.routes`, :mod:`.production`, :mod:`.resources`.
* **Buffers** are stock; **sales orders** demand (open, quote) or demand_history (closed);
  committed **orders** scheduled receipts; see :mod:`.orders`.
* **Money**: frePPLe has costs but no prices, see :class:`FreppleOptions` and :mod:`.money`.

Source of frePPLe's semantics: its documentation (model reference) and its database models.
"""

from __future__ import annotations

from supplychain.frepple.convert import import_frepple
from supplychain.frepple.dump import read_dump
from supplychain.frepple.options import FreppleImport, FreppleOptions

__all__ = ["FreppleImport", "FreppleOptions", "import_frepple", "read_dump"]
