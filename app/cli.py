"""The command line: parse, call one use case, print. Data on stdout, progress on stderr.

Exit codes: 0 done; 1 no plan, a plan that fails its check, or a defect of the product; 2 input or
usage that is wrong. What a command needs is imported when it runs, so that help comes at once.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, NoReturn, TypeAlias

import typer

if TYPE_CHECKING:
    from app.service import InputError

Json: TypeAlias = dict[str, Any]
Progress: TypeAlias = Callable[[str], None]
# typer would load pydantic to find that --help was not given: 0.15 s of every call
_NO_HELP: Json = {"help": False, "import": {"help": False}}

app = typer.Typer(
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
    no_args_is_help=True,
    context_settings={"default_map": _NO_HELP, "help_option_names": ["-h", "--help"]},
)
import_app = typer.Typer(no_args_is_help=True, help="turn another system's data into a dataset")
app.add_typer(import_app, name="import")


def main() -> None:
    """Entry point of the command ``supplychain``."""
    for stream in (sys.stdout, sys.stderr):  # names that a terminal cannot show are no failure
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    app(prog_name="supplychain")


# --- options -----------------------------------------------------------------------------------


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"supplychain {version('supplychain-planner')}")
        raise typer.Exit


def _finite(value: float | None) -> float | None:
    if value is not None and not math.isfinite(value):
        raise typer.BadParameter("write a finite number")
    return value


Dataset = Annotated[
    Path,
    typer.Argument(metavar="DATASET", help="Folder of CSV or Parquet files, or an .xlsx workbook."),
]
AsJson = Annotated[
    bool, typer.Option("--json", help="Print one JSON document instead of text; no progress.")
]
Out = Annotated[
    Path | None, typer.Option(metavar="DIR", help="Write everything to this new folder.")
]
OutDataset = Annotated[
    Path,
    typer.Option(metavar="DATASET", help="New folder (CSV), NAME.parquet (folder) or NAME.xlsx."),
]
PlanFormat = Annotated[
    Literal["csv", "parquet", "xlsx"], typer.Option("--format", help="Format of the result tables.")
]
DatasetFormat = Annotated[
    Literal["csv", "parquet", "xlsx"] | None,
    typer.Option("--format", help="Format of the dataset; else the suffix decides."),
]
Solver = Annotated[Literal["highs", "glop"], typer.Option(help="Solver of the linear programs.")]
TimeLimit = Annotated[
    float | None,
    typer.Option(min=0.0, callback=_finite, metavar="S", help="Seconds allowed for each solve."),
]


@app.callback()
def root(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_show_version, is_eager=True, help="Show the version and exit."
        ),
    ] = False,
    debug: Annotated[
        bool, typer.Option("--debug", help="Show the traceback of an unexpected error.")
    ] = False,
) -> None:
    """Plan supply through a disruption: what runs short, what it costs, what to do, and why.

    DATASET is a folder of CSV or Parquet files, or an Excel workbook. Results go to stdout,
    progress and errors to stderr. Exit codes: 0 done, 1 no plan or a failed check, 2 wrong input.
    """


# --- commands ----------------------------------------------------------------------------------


@app.command(short_help="compare doing nothing with the best response")
def whatif(
    context: typer.Context,
    dataset: Dataset,
    scenarios: Annotated[list[Path], typer.Argument(metavar="SCENARIO", help="YAML files.")],
    out: Out = None,
    form: PlanFormat = "csv",
    solver: Solver = "highs",
    time_limit: TimeLimit = None,
    full: Annotated[
        bool, typer.Option("--full", help="Show each of several scenarios in full.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Compare doing nothing (as-is) with the best response, under one or more scenarios."""
    with _guarded(context, as_json) as progress:
        from app import render
        from app.service.planning import PlanningOptions
        from app.service.runs import run_what_if

        options = PlanningOptions(solver, time_limit)
        document = run_what_if(dataset, scenarios, options, out, form, progress)
    _print(document, as_json, lambda shown, width: render.what_if(shown, width, full))
    _exit_without_plan(
        document["calm"]["solve"], *(s for o in document["scenarios"] for s in o["solve"].values())
    )


@app.command(short_help="make one plan")
def plan(
    context: typer.Context,
    dataset: Dataset,
    scenario: Annotated[
        Path | None, typer.Option(metavar="FILE", help="YAML file; without it the base data.")
    ] = None,
    kind: Annotated[
        Literal["response", "as-is"],
        typer.Option(help="All that is permitted, or routine options only."),
    ] = "response",
    out: Out = None,
    form: PlanFormat = "csv",
    export_model: Annotated[
        Path | None, typer.Option(metavar="FILE.mps", help="Write the linear program as MPS.")
    ] = None,
    solver: Solver = "highs",
    time_limit: TimeLimit = None,
    as_json: AsJson = False,
) -> None:
    """Make one plan, of the base data or under a scenario."""
    with _guarded(context, as_json) as progress:
        from app import render
        from app.service.planning import PlanningOptions
        from app.service.runs import run_plan

        options = PlanningOptions(solver, time_limit)
        document = run_plan(dataset, scenario, kind, options, out, form, export_model, progress)
    _print(document, as_json, render.plan)
    _exit_without_plan(document["solve"])


@app.command(short_help="check a plan on disk against every equation")
def verify(
    context: typer.Context,
    dataset: Dataset,
    plan_dir: Annotated[
        Path, typer.Argument(metavar="PLAN_DIR", help="Folder that plan or whatif wrote.")
    ],
    scenario: Annotated[
        Path | None, typer.Option(metavar="FILE", help="YAML file instead of the plan's own.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check a plan on disk against every equation, independently of the solver."""
    with _guarded(context, as_json) as progress:
        from app import render_data
        from app.service.runs import run_verify

        progress("verify")
        document = run_verify(dataset, plan_dir, scenario)
    _print(document, as_json, render_data.verification)
    if not document["passed"]:
        raise typer.Exit(1)


@app.command(short_help="validate a dataset, summarise its structure")
def check(context: typer.Context, dataset: Dataset, as_json: AsJson = False) -> None:
    """Validate a dataset and summarise the structure of its supply chain."""
    with _guarded(context, as_json) as progress:
        from app import render_data
        from app.service.datasets import check_dataset

        progress("check")
        document = check_dataset(dataset)
    _print(document, as_json, render_data.structure)


@app.command(short_help="write a dataset in another format")
def convert(
    context: typer.Context,
    dataset: Dataset,
    out: Annotated[
        Path,
        typer.Argument(metavar="OUT", help="New folder (CSV), NAME.parquet (folder) or NAME.xlsx."),
    ],
    form: DatasetFormat = None,
    as_json: AsJson = False,
) -> None:
    """Write a dataset in another format, without loss; sub-folders such as scenarios stay."""
    with _guarded(context, as_json) as progress:
        from app import render_data
        from app.service.datasets import convert_dataset

        progress("convert")
        document = convert_dataset(dataset, out, form)
    _print(document, as_json, render_data.written)


@app.command(short_help="make the synthetic example company")
def generate(
    context: typer.Context,
    out: OutDataset,
    size: Annotated[
        Literal["small", "medium", "large"],
        typer.Option(help="About 350, 5,000 or 30,000 item-locations."),
    ] = "small",
    seed: Annotated[int, typer.Option(min=0, help="Equal seeds give equal data.")] = 1,
    form: DatasetFormat = None,
    as_json: AsJson = False,
) -> None:
    """Make the synthetic example company, with scenarios beside it."""
    with _guarded(context, as_json) as progress:
        from app import render_data
        from app.service.datasets import generate_dataset

        progress("generate")
        document = generate_dataset(size, seed, out, form)
    _print(document, as_json, render_data.written)


@import_app.command("frepple", short_help="import a dump of a frePPLe system")
def import_frepple(
    context: typer.Context,
    dump: Annotated[Path, typer.Argument(metavar="DUMP.json", help="Fixture of a frePPLe system.")],
    out: OutDataset,
    bucket: Annotated[Literal["day", "week"], typer.Option(help="Length of a period.")] = "week",
    start: Annotated[
        str | None, typer.Option(metavar="DATE", help="First period; else from the dump.")
    ] = None,
    periods: Annotated[
        int | None, typer.Option(min=1, max=1000, help="Periods; else to the last demand.")
    ] = None,
    revenue_factor: Annotated[
        float, typer.Option(min=0.0, callback=_finite, help="Revenue of a unit over its cost.")
    ] = 2.0,
    backorder_rate: Annotated[
        float,
        typer.Option(min=0.0, callback=_finite,
                     help="Cost of a unit waiting a week over its revenue."),
    ] = 0.01,
    currency: Annotated[str | None, typer.Option(help="Currency; else from the dump.")] = None,
    unsupplied: Annotated[
        Literal["stand-in", "leave out"] | None,
        typer.Option(help="Demand that nothing replenishes; else as the dump says."),
    ] = None,
    form: DatasetFormat = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Import a frePPLe dump (Django fixture in JSON); what has no counterpart is listed."""
    with _guarded(context, as_json) as progress:
        from app import render_data
        from app.service.datasets import import_frepple_dump

        progress("import")
        document = import_frepple_dump(
            dump, out, form, start=start, bucket=bucket, periods=periods, currency=currency,
            revenue_factor=revenue_factor, backorder_rate=backorder_rate, unsupplied=unsupplied,
        )  # fmt: skip
    _print(document, as_json, render_data.written)


# --- output ------------------------------------------------------------------------------------


@contextmanager
def _guarded(context: typer.Context, as_json: bool) -> Iterator[Progress]:
    """Yield what tells progress; turn errors into messages on stderr and exit codes."""
    from app.service import InputError, SupplyChainError

    try:
        with _progress(as_json) as progress:
            yield progress
    except InputError as error:
        _tell_problems(error, as_json)
        raise typer.Exit(2) from None
    except SupplyChainError as error:
        _fail(error, str(error), as_json)
    except Exception as error:
        if context.find_root().params["debug"]:
            raise
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


def _fail(error: Exception, message: str, as_json: bool) -> NoReturn:
    content = {"error": type(error).__name__, "message": message}
    typer.echo(_encoded(content) if as_json else message, err=True)
    raise typer.Exit(1) from None


def _print(document: Json, as_json: bool, parts: Callable[[Json, int], Iterable[Any]]) -> None:
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


def _exit_without_plan(*solves: Json) -> None:
    if any(solve["status"] == "no plan" for solve in solves):
        typer.echo("no plan: the solver found none in time; raise --time-limit", err=True)
        raise typer.Exit(1)
