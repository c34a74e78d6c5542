"""Independent checker of plans: recomputes every equation from the result tables.

It shares no code with the solver. Modules: ``check`` (the verb), ``report`` (what it finds),
``tables`` and ``results`` (the tables of a plan, and reading them), ``scope`` and ``chain`` (the
network as arrays), ``decisions`` and ``qualification`` (C6), ``scheduled`` (the queue of scheduled
receipts) and ``rescheduling`` (C16), ``balance`` (C1), ``capacity`` and ``overtime`` (C2 to C5),
``sourcing_rules`` and ``prices`` (C7), ``demand`` and ``allocation`` (C8), ``last_plan`` (C10),
``substitution`` (C12), ``production_rules`` (C13, C15), ``short_builds`` (C14), ``broken_rules``
(what may be missed at a weight), ``effects``, ``values`` and ``money`` (C9, closing stock, profit).
"""

from supplychain.checker.check import PermittedResponses, check_plan
from supplychain.checker.report import CheckReport, Equation, Violation

__all__ = ["CheckReport", "Equation", "PermittedResponses", "Violation", "check_plan"]
