"""The planner's pages on one's own computer: prepared once, opened by a ticket."""

from __future__ import annotations

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
    assert [(job.kind, job.state) for job in jobs(service, OPERATOR)] == [("what_if", "queued")]
    for ticket in (first, second):
        visitor = identity_of_login(service, redeem_ticket(service, ticket))
        assert visitor.may(Permission.DECIDE)
        assert visitor.may(Permission.SETTINGS)
