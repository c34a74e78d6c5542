"""What commands print: documents on stdout, progress and problems on stderr, exit codes."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NoReturn, TypeAlias

import typer

if TYPE_CHECKING:
    from app.service import InputError

Json: TypeAlias = dict[str, Any]
Progress: TypeAlias = Callable[[str], None]


@contextmanager
def guarded(context: typer.Context, as_json: bool) -> Iterator[Progress]:
    """Yield what tells progress; turn errors into messages on stderr and exit codes."""
    from app.service import InputError, SupplyChainError
    from app.service.faults import ServiceError

    try:
        with _progress(as_json) as progress:
            yield progress
    except InputError as error:
        _tell_problems(error, as_json)
        raise typer.Exit(2) from None
    except SupplyChainError as error:
        _fail(error, str(error), as_json)
    except ServiceError as error:
        told = f"{error.message}; {error.remedy}" if error.remedy else error.message
        _fail(error, told, as_json, code=2 if error.status < 500 else 1)
    except Exception as error:
        if context.find_root().params["debug"]:
            raise
        from app.service.availability import unavailable

        if (away := unavailable(error)) is not None:
            _fail(away, f"{away.message}; {away.remedy}", as_json)
        text = f"{type(error).__name__}: {error}".splitlines()[0]
        hint = "this is a defect of the product; supplychain --debug COMMAND shows where"
        _fail(error, f"unexpected {text}; {hint}", as_json)


@contextmanager
def _progress(as_json: bool) -> Iterator[Progress]:
    """A line on stderr that names the stage, while a person is watching."""
    if as_json or not sys.stderr.isatty():
        yield lambda text: None
        return
    from rich.console import Console
    from rich.text import Text

    with Console(stderr=True).status("starting") as status:
        yield lambda text: status.update(Text(text))


def _tell_problems(error: InputError, as_json: bool) -> None:
    if as_json:
        found = [problem.as_dict() for problem in error.problems]
        typer.echo(_encoded({"error": type(error).__name__, "problems": found}), err=True)
        return
    from app.figures import count, printable

    typer.echo(f"{count(len(error.problems), 'problem')} found", err=True)
    for problem in error.problems:
        typer.echo(f"- {printable(str(problem))}", err=True)


def _fail(error: Exception, message: str, as_json: bool, code: int = 1) -> NoReturn:
    content = {"error": type(error).__name__, "message": message}
    typer.echo(_encoded(content) if as_json else message, err=True)
    raise typer.Exit(code) from None


def print_document(
    document: Json, as_json: bool, parts: Callable[[Json, int], Iterable[Any]]
) -> None:
    """Print ``document`` as JSON, or as the parts made of it for the width of the console."""
    if as_json:
        typer.echo(_encoded(document))
        return
    from rich.console import Console

    from app.figures import printable
    from app.layout import show

    console = Console(markup=False, highlight=False, emoji=False)
    show(parts(printable(document), console.width), console)


def _encoded(document: Json) -> str:
    return json.dumps(_finite_only(document), indent=2, ensure_ascii=False, allow_nan=False)


def _finite_only(document: Any) -> Any:
    """JSON knows no infinity and no NaN: null stands for them."""
    if isinstance(document, dict):
        return {key: _finite_only(value) for key, value in document.items()}
    if isinstance(document, list | tuple):
        return [_finite_only(value) for value in document]
    return None if isinstance(document, float) and not math.isfinite(document) else document


def exit_without_plan(*solves: Json) -> None:
    """Exit with 1 where one of the solves found no plan."""
    if any(solve["status"] == "no plan" for solve in solves):
        typer.echo("no plan: the solver found none in time; raise --time-limit", err=True)
        raise typer.Exit(1)
