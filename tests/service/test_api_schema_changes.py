"""Every operation that changes, tried with generated requests: no 5xx, no schema violation."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.service.api_described import (
    Described,
    described_api,
    labels,
    try_operation,
    try_sequences,
)

LABELS = labels("POST", "PUT", "PATCH", "DELETE")


@pytest.fixture(scope="module")
def described(tmp_path_factory: pytest.TempPathFactory, migrated: Path) -> Iterator[Described]:
    with described_api(tmp_path_factory.mktemp("changes"), migrated) as described:
        yield described


@pytest.mark.parametrize("label", LABELS)
def test_answers_are_as_described(described: Described, label: str) -> None:
    try_operation(described, label, 200)


@pytest.mark.slow
@pytest.mark.parametrize("label", LABELS)
def test_answers_to_a_thousand_requests_are_as_described(described: Described, label: str) -> None:
    try_operation(described, label, 1000)


@pytest.mark.parametrize("sequences", [20, pytest.param(1000, marks=pytest.mark.slow)])
def test_what_follows_from_answers_is_as_described(described: Described, sequences: int) -> None:
    try_sequences(described, sequences)
