"""A client of the service: push a dataset, run a what-if, fetch the orders."""

from app.client.client import Client, ProblemError

__all__ = ["Client", "ProblemError"]
