"""The planner's pages on one's own computer: prepared once, opened by a ticket."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

from app.service.context import Service
from app.service.data.datasets import datasets
from app.service.identity.identity import OPERATOR, Permission
from app.service.identity.logins import identity_of_login, redeem_ticket
from app.service.jobs import jobs
from app.service.trying import prepare_trial


def test_an_empty_store_gets_the_example_company_once_and_a_way_in_each_time(
    service: Service,
) -> None:
    first, second = prepare_trial(service), prepare_trial(service)
    assert [dataset.name for dataset in datasets(service, OPERATOR)] == ["example"]
    queued = jobs(service, OPERATOR)[::-1]
    assert {job.state for job in queued} == {"queued"}
    assert [job.kind for job in queued] == ["what_if", "shortages", "forecast_demand"]
    assert queued[0].parameters["scenarios"] == ["chip-shortage"]
    for ticket in (first, second):
        visitor = identity_of_login(service, redeem_ticket(service, ticket))
        assert visitor.may(Permission.DECIDE)
        assert visitor.may(Permission.SETTINGS)


COMMAND = [sys.executable, "-c", "from app.cli import main; main()", "planner", "--no-browser"]


def test_the_address_stands_alone_and_no_line_of_a_log_drowns_it(tmp_path: Path) -> None:
    told = tmp_path / "stderr"
    with (
        told.open("wb") as log,
        subprocess.Popen(
            [*COMMAND, "--folder", str(tmp_path / "planner")],
            stdout=subprocess.PIPE,
            stderr=log,
            start_new_session=True,
        ) as process,
    ):
        assert process.stdout is not None
        line = process.stdout.readline().decode()
        os.killpg(process.pid, signal.SIGTERM)
        rest = process.stdout.read()
    assert line.startswith("http://127.0.0.1:")
    assert "/login/ticket?ticket=" in line
    assert not rest
    (first, second) = filter(None, told.read_text().splitlines())
    assert first.startswith("The planner's pages are open")
    assert second.startswith("Open this address within two minutes")


def test_a_port_that_is_taken_is_told_with_the_mend(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        ended = subprocess.run([*COMMAND, "--folder", str(tmp_path), "--port", port],
                               capture_output=True, text=True, check=False)  # fmt: skip
    assert ended.returncode == 2
    assert "is in use by another program" in ended.stderr
    assert "leave it out for a free one" in ended.stderr
