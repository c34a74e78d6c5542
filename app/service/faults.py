"""Errors of the service, beside those of the data (supplychain.errors): each becomes HTTP once.

    ServiceError
    ├── Unauthenticated     401  nobody known asks
    ├── Forbidden           403  who asks may not
    ├── NotFound            404  no such thing, or one that who asks may not see
    ├── Conflict            409  it stands in the way of what is there
    ├── Gone                410  it was there, and is kept no longer
    ├── Changed             412  somebody else changed it first
    ├── TooLarge            413  more than the settings allow
    ├── Unreadable          422  not in the format that it claims
    ├── TooMany             429  faster than the settings allow
    └── Unavailable         503  the database is away or full; later again

Bad data is an InputError with its problems (422).
"""

from __future__ import annotations

from collections.abc import Iterable

from supplychain.errors import Problem


class ServiceError(Exception):
    """Something that the service refuses, in words for who asked: what is wrong, and the mend.

    ``problems`` lists the rows that it is about, where there are some.
    """

    status = 500

    def __init__(self, message: str, remedy: str = "", problems: Iterable[Problem] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy
        self.problems = tuple(problems)


class Unauthenticated(ServiceError):
    """Nobody known asks."""

    status = 401


class Forbidden(ServiceError):
    """Who asks may not do this."""

    status = 403


class NotFound(ServiceError):
    """There is no such thing, or none that who asks may see."""

    status = 404

    @classmethod
    def of(cls, kind: str, name: str) -> NotFound:
        """There is no ``kind`` called ``name``."""
        return cls(f"no {kind} {name!r}", f"list them to see which {kind}s there are")


class Conflict(ServiceError):
    """It stands in the way of what is there; for ``retry_after`` seconds, where that is said."""

    status = 409

    def __init__(self, message: str, remedy: str = "", retry_after: int | None = None) -> None:
        super().__init__(message, remedy)
        self.retry_after = retry_after


class Gone(ServiceError):
    """It was there, and is kept no longer."""

    status = 410


class Changed(ServiceError):
    """Somebody else changed it first; ``revision`` is the present one."""

    status = 412

    def __init__(self, message: str, revision: int) -> None:
        super().__init__(message, "read it again and repeat the change")
        self.revision = revision


class TooLarge(ServiceError):
    """More than the settings allow."""

    status = 413


class Unreadable(ServiceError):
    """Not in the format that it claims."""

    status = 422


class TooMany(ServiceError):
    """Faster than the settings allow; ``retry_after`` says in how many seconds to come back."""

    status = 429

    def __init__(self, message: str, remedy: str = "", retry_after: int = 60) -> None:
        super().__init__(message, remedy)
        self.retry_after = retry_after


class Unavailable(ServiceError):
    """The database is away, locked or full."""

    status = 503
