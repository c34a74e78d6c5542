"""Use cases: the one way from data and options to plain results, for every shell.

The shells import from here and from the modules of this package, never from the packages below.
Importing the package itself is quick; its modules load pandas and, where they plan, the solver.
"""

from supplychain.errors import InputError, PlanError, Problem, SupplyChainError

__all__ = ["InputError", "PlanError", "Problem", "SupplyChainError"]
