"""The command line: exit codes, what goes to stdout and to stderr, and what is left on disk."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from typer.testing import CliRunner, Result

import app.service.plans.runs
from app.cli import app as commands
from supplychain.files import read_dataset
from supplychain.schema import TABLES

COMPANY = {
    "items": """item,description,kind,unit,unit_cost,commodity,brand
CAR,"a car, ""compact"", 007",product,vehicle,20000.1,,Über
VAN,=1+1,product,,30000.30000000000004,,Vans
ECU,"two
lines",assembly,,100,,
CHIP,1e5,component,piece,0.1,semiconductor,
CHIP-2,2026-01-05,component,piece,3e-7,semiconductor,
OLD,nobody needs it,product,,,,
""",
    "locations": """location,kind,company,country,region,latitude,longitude,time_to_recover
PLANT,plant,Cars,Germany,Europe,48.137154,11.576124,4
TIER1,supplier,Boxes,Poland,Europe,,,
FAB,supplier,Chips,Taiwan,East Asia,24.8,-120.99999999999999,16
BROKER,supplier,,,,,,
MARKET,market,,,,,,
DEPOT,warehouse,,,,,,
""",
    "bom": """item,version,component,quantity_per,valid_from,valid_to
CAR,*,ECU,1,,
VAN,*,ECU,1,2026-01-05,9999-12-31
ECU,standard,CHIP,2,,
ECU,redesign,CHIP-2,2.5,,
""",
    "production": """item,location,version,lead_time,unit_cost,group,routine
CAR,PLANT,,0,500,,
VAN,PLANT,,0,700,,
ECU,TIER1,standard,1,5,boxes,true
ECU,TIER1,redesign,1,9,boxes,false
""",
    "production_resources": "item,location,version,resource,per_unit\n*,PLANT,*,LINE,1\n",
    "resources": "resource,location,capacity\nLINE,PLANT,120\n",
    "overtime": "resource,step,capacity,unit_cost\nLINE,1,10,300.00000000000006\n",
    "substitutes": "item,component,substitute,location,ratio,extra_cost,approved_from\n"
    "ECU,CHIP,CHIP-2,*,1.1,0.2,2026-01-12\n",
    "short_builds": "item,component,location,places,weekly_cost,retrofit_cost,lead_time\n"
    "CAR,ECU,PLANT,50,3,200,1\n",
    "sourcing": """item,location,supplier,mode,lead_time,transit_time,unit_cost,group,routine
ECU,PLANT,TIER1,,1,,1,,
CHIP,TIER1,FAB,sea,1,,0.1,logic,
CHIP,TIER1,BROKER,air,0,,0.5,,false
CHIP-2,TIER1,FAB,sea,1,0,0.3,logic,
""",
    "price_steps": "item,location,supplier,mode,step,up_to,unit_cost\n"
    "CHIP,TIER1,BROKER,air,1,1000,0.5\n",
    "contracts": "contract,item,location,supplier,valid_from,valid_to,quantity,penalty\n"
    "C-1,CHIP,TIER1,FAB,2026-01-05,,100,0.01\n",
    "supplier_capacity": "supplier,group,capacity\nFAB,logic,260\nTIER1,boxes,130\n",
    "lanes": """item,origin,destination,mode,lead_time,unit_cost,capacity,routine
*,PLANT,MARKET,,0,10,,true
CAR,DEPOT,MARKET,truck,0,25,5,false
""",
    "capacities": "kind,owner,valid_from,valid_to,capacity\n"
    "resources,LINE,2026-01-19,2026-01-25,100\n",
    "lead_times": "kind,owner,valid_from,valid_to,lead_time\n"
    "sourcing,CHIP|TIER1|FAB|sea,2026-01-26,2026-01-26,2\n",
    "unit_costs": "kind,owner,valid_from,valid_to,unit_cost\n"
    "sourcing,CHIP|TIER1|BROKER|air,2026-02-02,,0.7\n",
    "stock": "item,location,quantity,as_of\nECU,PLANT,150,2026-01-04\nCHIP,TIER1,300,\n"
    "CAR,DEPOT,3,\n",
    "scheduled_receipts": "order_id,line,item,location,origin,quantity,due\n"
    "0042,,CHIP,TIER1,FAB,120.5,2026-01-14\n",
    "demand": "item,location,period,customer,quantity,unit_revenue,backorder_cost,lost_after\n"
    + "".join(
        f"CAR,MARKET,2026-W{week:02d},retail,50,25000,100,\n"
        f"VAN,MARKET,2026-W{week:02d},,40,41000.5,150,2\n"
        for week in range(2, 8)
    ),
    "floors": "brand,customer,location,share\nVans,*,*,0.5\n",
    "demand_history": "item,location,period,quantity,in_stock\nOLD,MARKET,2025-12-29,-1.5,false\n",
    "drivers": "item,location,driver,period,value,known_ahead\n*,*,sale,2026-01-05,-0.1,yes\n",
    "predecessors": "item,predecessor,share\nCAR,OLD,0.9\n",
    "receipt_history": "order_id,line,item,location,supplier,mode,quantity,ordered_on,received_on\n"
    "7,1,CHIP,TIER1,FAB,sea,10,2025-11-03,\n",
    "settings": "name,value\nstart,2026-W02\nperiods,7\nholding_rate,0.1\n"
    "closing_target,1\nseed,7\n",
}
OUTAGE = """name: fab outage
description: the only fab stands still
disruptions:
  - {kind: supplier_outage, location: FAB, start: 2026-W03, periods: 2}
responses: {budget: 100000, expedite: true}
"""
SURGE = """name: surge
disruptions:
  - {kind: demand_change, item: CAR, factor: 1.5, start: 2026-W04, periods: 2}
"""


@pytest.fixture
def company(tmp_path: Path) -> Path:
    """A dataset of CSV files in which every table of the contract is used."""
    return write_company(tmp_path / "company")


def write_company(folder: Path) -> Path:
    (folder / "scenarios").mkdir(parents=True)
    for name, text in COMPANY.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    (folder / "scenarios" / "outage.yaml").write_text(OUTAGE, encoding="utf-8")
    (folder / "scenarios" / "surge.yaml").write_text(SURGE, encoding="utf-8")
    return folder


@pytest.fixture
def outage(company: Path) -> Path:
    return company / "scenarios" / "outage.yaml"


@pytest.fixture
def surge(company: Path) -> Path:
    return company / "scenarios" / "surge.yaml"


@dataclass(frozen=True)
class Answer:
    """What one whatif printed, and the folder that it wrote."""

    company: Path
    out: Path
    printed: str


Asked = Callable[[str], Answer]
ASKED = {"csv": ("outage", "surge"), "parquet": ("outage", "--json"), "xlsx": ("outage",)}


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Asked:
    """One whatif a format, for all tests that only look at what comes of it."""
    folder = tmp_path_factory.mktemp("asked")
    company = write_company(folder / "company")

    @cache
    def answer(form: str) -> Answer:
        out = folder / "new" / form
        more = [name if name[0] == "-" else company / "scenarios" / f"{name}.yaml"
                for name in ASKED[form]]  # fmt: skip
        result = run("whatif", company, *more, "--out", out, "--format", form)
        return Answer(company, out, result.stdout)

    return answer


@pytest.fixture
def planned(asked: Asked, tmp_path: Path) -> Path:
    """A copy of the response plan of the outage."""
    return Path(shutil.copytree(asked("csv").out / "fab-outage" / "response", tmp_path / "planned"))


def run(*arguments: object, code: int = 0) -> Result:
    """Run one command and expect its exit code."""
    result = CliRunner().invoke(commands, [str(argument) for argument in arguments])
    assert result.exit_code == code, f"{result.exit_code}: {result.output}"
    return result


def document(*arguments: object, code: int = 0) -> dict[str, Any]:
    """The one JSON document on stdout of a command that keeps quiet on stderr."""
    result = run(*arguments, "--json", code=code)
    assert result.stderr == ""
    content = json.loads(result.stdout, parse_constant=lambda name: pytest.fail(name))
    assert isinstance(content, dict)
    return content


def files(folder: Path) -> dict[str, bytes]:
    """Content of every file below ``folder`` by its path."""
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


def start(
    arguments: Sequence[object], environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run the program as the shell does."""
    line = [sys.executable, "-c", "from app.cli import main; main()", *map(str, arguments)]
    settings = {**os.environ, **(environment or {})}
    return subprocess.run(line, capture_output=True, text=True, env=settings, check=False)


# --- whatif ------------------------------------------------------------------------------------


def test_whatif_tells_the_whole_story_on_stdout(asked: Asked) -> None:
    text = asked("xlsx").printed
    for part in (
        "Situation", "money in EUR",
        "Scenario fab outage", "the only fab stands still", "Supplier outage: FAB",
        "a premium of up to", "expedite", "Demand, in units", "Money, in",
        "By brand", "Über", "By plant", "LINE, PLANT", "CHIP from FAB",
        "Actions worth most", "order: ", "from BROKER to TIER1,", "do not add up",
        "Solver", "optimal", "gap", "Seconds", "read",
    ):  # fmt: skip
        assert part in text, part


def test_json_of_whatif_is_one_document_with_the_numbers_of_both_plans(
    asked: Asked,
) -> None:
    answer = asked("parquet")
    content = json.loads(answer.printed, parse_constant=lambda name: pytest.fail(name))
    scenario = content["scenarios"][0]
    assert scenario["units"]["as-is"]["demanded"] == 540
    assert scenario["costs"]["response"]["profit"] > scenario["costs"]["as-is"]["profit"]
    assert content["comparison"][0]["saved"] == pytest.approx(
        scenario["costs"]["response"]["profit"] - scenario["costs"]["as-is"]["profit"]
    )
    assert content["out"] == str(answer.out)


def test_several_scenarios_are_compared_and_then_shown_in_short_or_full(
    asked: Asked, company: Path, outage: Path, surge: Path
) -> None:
    short = asked("csv").printed
    assert "Scenarios compared" in short
    assert "Money, in" not in short
    full = run("whatif", company, outage, surge, "--full").stdout
    assert full.count("Money, in") == 2


def test_two_scenarios_of_one_name_are_refused(company: Path, outage: Path) -> None:
    twin = outage.with_name("twin.yaml")
    twin.write_text(OUTAGE.replace("fab outage", "Fab Outage!"), encoding="utf-8")
    for other in (outage, twin):
        result = run("whatif", company, outage, other, code=2)
        assert result.stdout == ""
        assert "has the name of outage.yaml; rename one of them" in result.stderr


def test_what_whatif_writes_of_several_scenarios_is_complete_and_compared(asked: Asked) -> None:
    out = asked("csv").out
    assert sorted(path.name for path in out.iterdir()) == ["comparison.csv", "fab-outage", "surge"]
    compared = pd.read_csv(out / "comparison.csv").set_index("scenario")
    assert compared.loc["fab outage", "saved"] > 0
    for scenario in ("fab-outage", "surge"):
        assert (out / scenario / "report.html").read_text(encoding="utf-8").startswith("<!")


@pytest.mark.parametrize("form", ASKED)
def test_what_whatif_writes_passes_the_check(asked: Asked, form: str) -> None:
    answer = asked(form)
    given = read_dataset(answer.company).input_hash
    for kind in ("as-is", "response"):
        folder = answer.out / "fab-outage" / kind
        assert document("verify", answer.company, folder)["passed"]
        assert read_dataset(folder / "input").input_hash == given


def test_a_plan_is_checked_under_the_scenario_that_is_named(
    planned: Path, company: Path, outage: Path, surge: Path
) -> None:
    assert document("verify", company, planned, "--scenario", outage)["passed"]
    assert not document("verify", company, planned, "--scenario", surge, code=1)["passed"]


def test_no_comparison_of_one_scenario(asked: Asked) -> None:
    assert [path.name for path in asked("xlsx").out.iterdir()] == ["fab-outage"]


def test_an_output_that_exists_is_refused_before_anything_is_planned(
    company: Path, outage: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app.service.plans.runs, "what_if", lambda *_: pytest.fail("planned"))
    out = tmp_path / "out"
    out.mkdir()
    (out / "mine.txt").write_text("keep", encoding="utf-8")
    result = run("whatif", company, outage, "--out", out, code=2)
    assert "exists already" in result.stderr
    assert files(out) == {"mine.txt": b"keep"}


def test_a_failure_while_writing_leaves_nothing_behind(
    company: Path, outage: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ValueError("disk\nfull")

    monkeypatch.setattr("app.service.report.page.write_report", fail)
    result = run("whatif", company, outage, "--out", tmp_path / "new" / "out", code=1)
    assert result.stdout == ""
    assert result.stderr.startswith("unexpected ValueError: disk; this is a defect")
    assert result.stderr.count("\n") == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["company"]


def test_the_traceback_of_a_defect_is_shown_on_request(
    company: Path, outage: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app.service.plans.runs, "what_if", lambda *_: 1 / 0)
    shown = CliRunner().invoke(commands, ["--debug", "whatif", str(company), str(outage)])
    assert isinstance(shown.exception, ZeroDivisionError)


def test_no_plan_in_time_is_exit_code_1(company: Path, outage: Path, tmp_path: Path) -> None:
    result = run("whatif", company, outage, "--time-limit", 0, code=1)
    assert "no plan was found in time" in result.stdout
    assert "raise --time-limit" in result.stderr
    out = tmp_path / "out"
    run("plan", company, "--time-limit", 0, "--out", out, code=1)
    assert json.loads((out / "manifest.json").read_text())["status"] == "no plan"
    assert not document("verify", company, out, code=1)["passed"]


# --- plan and verify ---------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "form"), [("as-is", "csv"), ("response", "parquet")])
def test_a_plan_passes_its_check(company: Path, tmp_path: Path, kind: str, form: str) -> None:
    out = tmp_path / "out"
    text = run("plan", company, "--kind", kind, "--out", out, "--format", form).stdout
    assert f"{kind} plan, scenario base".capitalize() in text
    assert "passed: every equation holds" in run("verify", company, out).stdout


def test_one_wrong_number_fails_the_check(planned: Path, company: Path) -> None:
    orders = pd.read_csv(planned / "orders.csv")
    orders.loc[0, "quantity"] += 1
    orders.to_csv(planned / "orders.csv", index=False)
    result = run("verify", company, planned, code=1)
    assert "FAILED" in result.stdout
    assert "Violations" in result.stdout
    content = document("verify", company, planned, code=1)
    assert not content["passed"]
    assert {row["equation"] for row in content["equations"] if row["violated"]} >= {"C1", "money"}


def test_a_plan_of_other_data_or_of_another_objective_fails(planned: Path, company: Path) -> None:
    manifest = json.loads((planned / "manifest.json").read_text())
    (planned / "manifest.json").write_text(json.dumps({**manifest, "objective": 1.0}))
    assert "the manifest says objective 1.0" in run("verify", company, planned, code=1).stdout
    (planned / "manifest.json").write_text(json.dumps({**manifest, "input_hash": "other"}))
    assert "made from other data" in run("verify", company, planned, code=1).stdout


def test_a_folder_without_a_plan_is_wrong_input(company: Path) -> None:
    assert "it has no manifest.json" in run("verify", company, company, code=2).stderr


def test_the_model_is_exported_whole_or_not_at_all(company: Path, tmp_path: Path) -> None:
    model, out = tmp_path / "model.mps", tmp_path / "out"
    content = document("plan", company, "--export-model", model)
    assert content["model"] == str(model)
    assert model.read_text().startswith("NAME")
    before = model.read_bytes()
    result = run("plan", company, "--out", out, "--export-model", model, code=2)
    assert "exists already" in result.stderr
    assert not out.exists()
    assert model.read_bytes() == before
    result = run("plan", company, "--out", out, "--export-model", out / "model.mps", code=2)
    assert "lies in" in result.stderr


# --- datasets ----------------------------------------------------------------------------------


def test_check_summarises_the_structure(company: Path) -> None:
    text = run("check", company).stdout
    for part in ("Tiers", "one source over all options", "FAB logic", "1 item: OLD",
                 "no problem found"):  # fmt: skip
        assert part in text, part
    structure = document("check", company)["structure"]
    assert structure["unneeded"] == ["OLD"]
    assert structure["sizes"]["demand"] == 12


def test_every_problem_is_told_on_stderr(company: Path) -> None:
    (company / "stock.csv").write_text("item,location,quantity\nCHOP,PLANT,x\n", encoding="utf-8")
    result = run("check", company, code=2)
    assert result.stdout == ""
    assert "2 problems found" in result.stderr
    told = run("check", company, "--json", code=2)
    assert told.stdout == ""
    problems = json.loads(told.stderr)["problems"]
    assert {(p["table"], p["row"], p["column"], p["value"]) for p in problems} == {
        ("stock", 1, "item", "CHOP"), ("stock", 1, "quantity", "x"),
    }  # fmt: skip
    assert all(problem["message"] and problem["remedy"] for problem in problems)


def test_problems_of_dataset_and_scenarios_come_together(company: Path, outage: Path) -> None:
    (company / "stock.csv").write_text("item,location,quantity\nCHOP,PLANT,1\n", encoding="utf-8")
    outage.write_text("name: 5 apples\nanswer: 42\n", encoding="utf-8")
    told = run("whatif", company, outage, company / "absent.yaml", code=2).stderr
    for part in ("3 problems", "CHOP", "answer", "absent.yaml"):
        assert part in told


def test_text_of_the_data_does_not_act_on_the_terminal(company: Path, outage: Path) -> None:
    outage.write_text(OUTAGE.replace("the only fab", '"[bold]x[/] \\e[31m :car: only"  # '),
                      encoding="utf-8")  # fmt: skip
    text = run("whatif", company, outage).stdout
    assert "[bold]x[/] \ufffd[31m :car: only" in text


def test_conversion_loses_nothing(company: Path, tmp_path: Path) -> None:
    (company / "extra.csv").write_text("mine,count\nx,1.50\n", encoding="utf-8")
    steps = [tmp_path / name for name in ("first", "second.parquet", "third.xlsx", "fourth")]
    for source, target in zip([company, *steps], steps, strict=False):
        content = document("convert", source, target)
        assert content["input_hash"] == read_dataset(company).input_hash
        assert set(content["tables"]) == {*TABLES, "extra"}
    assert files(steps[0]) == files(steps[3])
    assert "scenarios" not in {path.name for path in steps[0].iterdir()}
    items = pd.read_csv(steps[0] / "items.csv", dtype=str).set_index("item")
    assert items.loc["VAN", "description"] == "=1+1"
    assert items.loc["ECU", "description"] == "two\nlines"
    assert float(items.loc["VAN", "unit_cost"]) == 30000.30000000000004


def test_the_format_of_a_conversion_and_its_suffix_agree(company: Path, tmp_path: Path) -> None:
    run("convert", company, tmp_path / "plain", "--format", "parquet")
    assert (tmp_path / "plain" / "items.parquet").exists()
    run("convert", company, tmp_path / "book", "--format", "xlsx", code=2)
    run("convert", company, tmp_path / "book.xlsx", "--format", "csv", code=2)
    assert "exists already" in run("convert", company, tmp_path / "plain", code=2).stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["company", "plain"]


def test_generate_writes_the_company_with_its_scenarios(tmp_path: Path) -> None:
    out, book = tmp_path / "out", tmp_path / "book.xlsx"
    content = document("generate", "--size", "small", "--seed", 3, "--out", out)
    assert content["seed"] == 3
    assert "chip-shortage.yaml" in {path.name for path in (out / "scenarios").iterdir()}
    before = files(out)
    run("generate", "--out", out, code=2)
    assert files(out) == before
    run("generate", "--seed", 3, "--out", book)
    assert read_dataset(book).input_hash == read_dataset(out).input_hash


def test_import_of_a_frepple_dump(shared: Path, tmp_path: Path) -> None:
    dump = shared / "datasets" / "frepple_manufacturing_demo.json"
    out = tmp_path / "out"
    content = document("import", "frepple", dump, "--out", out, "--currency", "GBP")
    assert content["notes"]
    assert document("check", out)["dataset"]["currency"] == "GBP"
    wrong = run("import", "frepple", dump, "--out", tmp_path / "no", "--start", "soon", code=2)
    assert "is not a date" in wrong.stderr
    assert not (tmp_path / "no").exists()


def test_a_file_that_is_no_dump_is_wrong_input(tmp_path: Path) -> None:
    dump = tmp_path / "dump.json"
    dump.write_text("{}", encoding="utf-8")
    run("import", "frepple", dump, "--out", tmp_path / "out", code=2)
    assert [path.name for path in tmp_path.iterdir()] == ["dump.json"]


# --- the program -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [["whatif"], ["plan"], ["nothing"], ["plan", "x", "--kind", "best"], ["generate"],
     ["plan", "x", "--time-limit", "nan"], ["plan", "x", "--time-limit", "-1"],
     ["generate", "--out", "x", "--seed", "-1"], ["check", "--size"]],
)  # fmt: skip
def test_wrong_usage_is_exit_code_2(arguments: list[str]) -> None:
    result = run(*arguments, code=2)
    assert result.stdout == ""
    assert "Usage" in result.stderr


@pytest.mark.parametrize(
    "command",
    [[], ["whatif"], ["plan"], ["verify"], ["check"], ["convert"], ["generate"], ["import"],
     ["import", "frepple"]],
)  # fmt: skip
def test_help_comes_at_once_and_loads_nothing_heavy(command: list[str]) -> None:
    code = (
        "import sys\nfrom app.cli import main\ntry:\n    main()\nfinally:\n"
        "    print(sorted({'pandas', 'numpy', 'ortools', 'statsmodels', 'pydantic', 'networkx'}"
        " & set(sys.modules)), file=sys.stderr)"
    )
    line = [sys.executable, "-c", code, *command, "--help"]
    shown = subprocess.run(line, capture_output=True, text=True, check=False)
    assert shown.returncode == 0
    assert "Usage: supplychain" in shown.stdout
    assert shown.stderr == "[]\n"


def test_version() -> None:
    assert run("--version").stdout == "supplychain 0.1.0\n"


def test_the_program_keeps_data_and_messages_apart(company: Path, outage: Path) -> None:
    done = start(["plan", company, "--scenario", outage, "--json"])
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["scenario"] == "fab outage"
    plain = start(["check", company], {"PYTHONIOENCODING": "ascii", "COLUMNS": "80"})
    assert (plain.returncode, plain.stderr) == (0, "")
    assert "\x1b" not in plain.stdout
    assert max(map(len, plain.stdout.splitlines())) <= 80
    wrong = start(["check", company / "absent"])
    assert (wrong.returncode, wrong.stdout) == (2, "")


def test_a_reader_that_leaves_is_no_error(company: Path) -> None:
    program = shutil.which("bash")
    if program is None:
        pytest.skip("needs bash")
    for options in ("--json", ""):
        line = f"{sys.executable} -c 'from app.cli import main; main()' check {company} {options}"
        pipe = [program, "-c", f"{line} | head -c 1"]
        done = subprocess.run(pipe, capture_output=True, text=True, check=False)
        assert done.stderr == ""


def test_an_interrupt_ends_the_program_cleanly(company: Path, tmp_path: Path) -> None:
    code = (
        "import app.service.plans.runs, time\n"
        "def wait(*_): print('waiting', flush=True); time.sleep(60)\n"
        "app.service.plans.runs.what_if = wait\nfrom app.cli import main\nmain()"
    )
    scenario, out = company / "scenarios" / "outage.yaml", tmp_path / "out"
    line = [sys.executable, "-c", code, "whatif", str(company), str(scenario), "--out", str(out)]
    with subprocess.Popen(
        line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "waiting\n"
        time.sleep(0.1)
        process.send_signal(2)
        _, told = process.communicate(timeout=90)
    assert process.returncode == 130
    assert "Traceback" not in told
    assert not out.exists()
