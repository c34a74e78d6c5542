"""Independent checker of plans: recomputes every equation from the result tables.

It shares no code with the solver. Modules: ``check`` (the verb), ``report`` (what it finds),
``results`` (reading the tables), ``scope`` and ``chain`` (the network as arrays), ``decisions``
(C6), ``scheduled`` (the queue of scheduled receipts), ``balance`` (C1), ``capacity`` (C2 to C5),
``demand`` (C8), ``values`` and ``money`` (C9, closing stock, profit).
"""

from supplychain.checker.check import PermittedResponses, check_plan
from supplychain.checker.report import CheckReport, Equation, Violation

__all__ = ["CheckReport", "Equation", "PermittedResponses", "Violation", "check_plan"]
