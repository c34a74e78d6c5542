"""The errors of the product, one tree:

SupplyChainError
├── InputError              what the user gave is wrong: exit code 2
│   ├── DataError           a dataset, with every problem found
│   ├── ScenarioError       a scenario, with every problem found
│   └── FileError           a path or file that cannot be read or written
└── PlanError               no plan came out of valid input: exit code 1
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong, where it is, and how to mend it.

    ``row`` counts data rows from 1 as a spreadsheet user would without the header; None where the
    problem is of a whole table or file.
    """

    table: str
    message: str
    remedy: str
    row: int | None = None
    column: str = ""
    value: str = ""

    def __str__(self) -> str:
        row = "" if self.row is None else f" row {self.row}"
        column = f" column {self.column}" if self.column else ""
        value = f" value {self.value!r}" if self.value else ""
        return f"{self.table}{row}{column}{value}: {self.message}; {self.remedy}"

    def as_dict(self) -> dict[str, str | int | None]:
        """Return the problem as plain data, for JSON."""
        return asdict(self)


class SupplyChainError(Exception):
    """Root of all errors of the product."""


class InputError(SupplyChainError):
    """What the user gave is wrong; ``problems`` lists everything found."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class DataError(InputError):
    """A dataset breaks the data contract."""


class ScenarioError(InputError):
    """A scenario is not valid, or names something that the dataset does not have."""


class FileError(InputError):
    """A path or file cannot be read or written."""

    def __init__(self, path: object, message: str, remedy: str) -> None:
        super().__init__([Problem(str(path), message, remedy)])


class PlanError(SupplyChainError):
    """Valid input led to no plan; an infeasible model is always a bug of the product."""
