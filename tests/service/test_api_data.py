"""Datasets over the API: tags, pages, filters, forms of upload, and what is refused."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from app.service.context import Service
from app.service.data.datasets import create_dataset
from app.service.data.writing import write
from tests.service.api_support import PEOPLE, app_of, caller, service_in
from tests.service.tiny import tiny_frames

STOCK = "/api/v1/datasets/tiny/tables/stock"
ROW = f"{STOCK}/rows/CHIP%7CPLANT"
ANY = {"If-Match": "*"}


@pytest.fixture(scope="module")
def with_tiny(tmp_path_factory: pytest.TempPathFactory, migrated: Path) -> Path:
    """A database file with the dataset "tiny": to copy it is quicker than to check the data."""
    folder = tmp_path_factory.mktemp("with-tiny")
    service = service_in(folder, migrated)
    create_dataset(service, PEOPLE["planner"], "tiny")
    write(service, PEOPLE["planner"], "tiny", tiny_frames())
    service.database.close()
    return folder / migrated.name


@pytest.fixture
def planner(tmp_path: Path, with_tiny: Path) -> Iterator[Any]:
    service = service_in(tmp_path, with_tiny)
    yield caller(app_of(service), "planner")
    service.database.close()


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory, with_tiny: Path) -> Iterator[Any]:
    """Somebody whose requests change nothing, so that all may ask the same application."""
    service = service_in(tmp_path_factory.mktemp("read"), with_tiny)
    yield caller(app_of(service), "planner")
    service.database.close()


def test_a_dataset_is_made_listed_and_deleted(service: Service) -> None:
    planner = caller(app_of(service), "planner")
    made = planner.post("/api/v1/datasets", json={"name": "spring"})
    assert (made.status_code, made.headers["ETag"]) == (201, '"0"')
    assert planner.get(made.headers["Location"]).json()["name"] == "spring"
    assert planner.post("/api/v1/datasets", json={"name": "spring"}).status_code == 409
    assert planner.delete("/api/v1/datasets/spring").status_code == 428
    gone = planner.delete("/api/v1/datasets/spring", headers={"If-Match": '"0"'})
    assert (gone.status_code, gone.content) == (204, b"")
    assert planner.get("/api/v1/datasets").json() == {"items": [], "next": None}


def test_times_are_told_in_utc(reader: Any) -> None:
    assert reader.get("/api/v1/datasets/tiny").json()["created_at"].endswith("Z")


def test_what_one_has_already_is_not_sent_again(reader: Any) -> None:
    for path in (STOCK, ROW, "/api/v1/datasets/tiny"):
        tag = reader.get(path).headers["ETag"]
        again = reader.get(path, headers={"If-None-Match": f'"9", W/{tag}'})
        assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", tag)


def test_a_row_is_changed_only_by_who_has_read_it_as_it_is(planner: Any) -> None:
    tag = planner.get(ROW).headers["ETag"]
    body = {"cells": {"quantity": 11}}
    assert planner.put(ROW, json=body).status_code == 428
    first = planner.put(ROW, json=body, headers={"If-Match": tag})
    second = planner.put(ROW, json={"cells": {"quantity": 12}}, headers={"If-Match": tag})
    assert (first.status_code, first.headers["ETag"]) == (200, '"2"')
    assert (second.status_code, second.json()["revision"]) == (412, 2)
    assert planner.get(ROW).json()["cells"]["quantity"] == 11.0


def test_a_row_is_made_and_deleted(planner: Any) -> None:
    path = f"{STOCK}/rows/CAR%7CPLANT"
    new = {"If-Match": '"0"'}
    assert planner.put(path, json={"cells": {"quantity": 3}}, headers=new).status_code == 200
    assert planner.put(path, json={"cells": {"quantity": 4}}, headers=new).status_code == 412
    assert planner.delete(path, headers=ANY).json()["deleted"] == 1
    assert planner.get(path).status_code == 404


def test_rows_are_deleted_together_or_not_at_all(planner: Any) -> None:
    body = {"keys": ["CHIP|PLANT"]}
    told = planner.post(f"{STOCK}/deletions", json=body, headers={"If-Match": '"7"'})
    assert told.status_code == 412
    assert planner.post(f"{STOCK}/deletions", json=body).json()["deleted"] == 1


def test_a_name_with_a_slash_is_a_row_like_others(planner: Any) -> None:
    made = planner.put("/api/v1/datasets/tiny/tables/items/rows/A%2FB",
                       json={"cells": {"kind": "component"}}, headers=ANY)  # fmt: skip
    assert made.status_code == 200
    assert planner.get("/api/v1/datasets/tiny/tables/items/rows/A%2FB").json()["row_key"] == "A/B"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("kind=product", ["CAR", "VAN"]),
        ("unit_cost__gte=100&unit_cost__lt=120", ["CAR"]),
        ("item__in=VAN,CHIP", ["CHIP", "VAN"]),
        ("brand__isnull=true", ["CHIP"]),
        ("limit=1", ["CAR"]),
    ],
)
def test_rows_are_filtered(reader: Any, query: str, found: list[str]) -> None:
    told = reader.get(f"/api/v1/datasets/tiny/tables/items?{query}").json()
    assert [row["item"] for row in told["items"]] == found


def test_pages_follow_their_cursor_to_the_end(reader: Any) -> None:
    seen, after = [], ""
    while after is not None:
        query = {"limit": 2, **({"after": after} if after else {})}
        page = reader.get("/api/v1/datasets/tiny/tables/items", params=query).json()
        seen += [row["item"] for row in page["items"]]
        after = page["next"]
    assert seen == ["CAR", "CHIP", "VAN"]


@pytest.mark.parametrize(
    "query", ["colour=red", "unit_cost__near=1", "unit_cost=cheap", "after=nowhere", "limit=0",
              "limit=x", "unit_cost__gte=nan"]
)  # fmt: skip
def test_a_question_that_makes_no_sense_is_refused(reader: Any, query: str) -> None:
    told = reader.get(f"/api/v1/datasets/tiny/tables/items?{query}")
    assert told.status_code == 422
    assert told.json()["problems"][0]["remedy"]


def _stock(quantity: int) -> pd.DataFrame:
    return pd.DataFrame({"item": ["CHIP"], "location": ["PLANT"], "quantity": [quantity]})


def test_rows_come_as_json_csv_or_parquet(planner: Any) -> None:
    packed = io.BytesIO()
    _stock(33).to_parquet(packed)
    bodies = {
        "application/json": _stock(31).to_json(orient="records").encode(),
        "text/csv": _stock(32).to_csv(index=False).encode(),
        "application/vnd.apache.parquet": packed.getvalue(),
    }
    for number, (kind, body) in enumerate(bodies.items()):
        told = planner.post(STOCK, content=body, headers={"Content-Type": kind})
        assert (told.status_code, told.json()["upserted"]) == (200, 1)
        assert planner.get(ROW).json()["cells"]["quantity"] == 31.0 + number


@pytest.mark.parametrize("kind", ["image/png", "", "text/html; charset=utf-8"])
def test_a_form_that_is_no_data_is_415(reader: Any, kind: str) -> None:
    told = reader.post(STOCK, content=b"x", headers={"Content-Type": kind})
    assert told.status_code == 415


def test_a_dataset_is_replaced_as_a_whole(planner: Any) -> None:
    frames = tiny_frames()
    frames["stock"] = _stock(5)
    body = {name: frame.to_dict("records") for name, frame in frames.items()}
    told = planner.put("/api/v1/datasets/tiny/contents", json=body, headers={"If-Match": '"1"'})
    assert told.status_code == 200
    assert planner.get(STOCK).json()["items"][0]["quantity"] == 5.0
    assert planner.put("/api/v1/datasets/tiny/contents", json=body).status_code == 428


def test_what_another_brand_has_is_neither_shown_nor_written(service: Service) -> None:
    planner = caller(app_of(service), "planner")
    planner.post("/api/v1/datasets", json={"name": "tiny"})
    body = {name: frame.to_dict("records") for name, frame in tiny_frames().items()}
    planner.put("/api/v1/datasets/tiny/contents", json=body, headers=ANY)
    of_brand = caller(app_of(service), "planner of AVE")
    items = of_brand.get("/api/v1/datasets/tiny/tables/items").json()["items"]
    assert [row["item"] for row in items] == ["CAR", "CHIP"]
    hidden = "/api/v1/datasets/tiny/tables/items/rows/VAN"
    assert of_brand.get(hidden).status_code == 404
    assert of_brand.put(hidden, json={"cells": {}}, headers=ANY).status_code in (403, 404)


def test_the_contract_tells_types_units_and_meaning(reader: Any) -> None:
    tables = {table["name"]: table for table in reader.get("/api/v1/contract").json()["items"]}
    stock = tables["stock"]
    assert stock["key"] == ["item", "location"]
    assert {"name": "quantity", "type": "number"}.items() <= stock["columns"][2].items()


# --- requests of somebody who means ill ----------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["..%2F..%2Fetc%2Fpasswd", "%00", "a%0d%0aSet-Cookie:x", "%ff", "'; DROP TABLE items",
             "x" * 5000, "%F0%9F%98%80", "%E2%80%AE", ".", "..;", "%2e%2e", "*", "?", "#"]
)  # fmt: skip
@pytest.mark.parametrize(
    "path", ["datasets/{}", "datasets/{}/tables/items", "datasets/tiny/tables/{}",
             "datasets/tiny/tables/items/rows/{}", "datasets/tiny/scenarios/{}", "jobs/{}",
             "runs/{}", "runs/{}/files/{}", "plans/{}", "actions/{}", "releases/{}"]
)  # fmt: skip
def test_no_name_leads_astray(reader: Any, path: str, name: str) -> None:
    told = reader.get(f"/api/v1/{path.replace('{}', name)}")
    assert told.status_code in (200, 404, 422)
    assert "Set-Cookie" not in told.headers
    if told.status_code == 200:  # a name that ends the address: the list behind it
        assert name in ("?", "#", ".", "%2e%2e", "..;") or "items" in told.json()


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000,
        b'{"name": ' + b"[" * 100_000,
        b'{"name": "\\ud800"}',
        b'{"name": "a\\u0000b"}',
        b'{"name": NaN}',
        b'{"name": 1e999}',
        b'{"name": ' + b"9" * 10_000 + b"}",
        b'{"name": "x", "name": 7}',
        b'{"name": "x", "__proto__": {}}',
        b'\xef\xbb\xbf{"name": 7}',
        b"\xff\xfe\x00",
        b"null",
        b"",
    ],
)
def test_no_body_is_a_defect(reader: Any, body: bytes) -> None:
    told = reader.post("/api/v1/datasets", content=body,
                        headers={"Content-Type": "application/json"})  # fmt: skip
    assert told.status_code in (400, 422)
    assert told.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    "kind", ["text/plain", "multipart/form-data", "multipart/form-data; boundary=x",
             "application/x-www-form-urlencoded", "application/xml", "a/b/c; =", "é"]
)  # fmt: skip
def test_no_content_type_is_a_defect(reader: Any, kind: str) -> None:
    told = reader.post("/api/v1/datasets", content=b"name=x",
                        headers={"Content-Type": kind.encode()})  # fmt: skip
    assert told.status_code in (400, 415, 422)


@pytest.mark.parametrize(
    "header",
    [("If-Match", '"1", "2"'), ("If-Match", "1"), ("If-Match", '"' + "9" * 30 + '"'),
     ("If-None-Match", "\xff"), ("Accept", "\xff;q=x"), ("Accept-Encoding", "gzip;q=nan"),
     ("Authorization", "Bearer"), ("Authorization", "Basic x"), ("Cookie", "supplychain_login="),
     ("X-Forwarded-For", "'"), ("Range", "bytes=0-1")],
)  # fmt: skip
def test_no_header_is_a_defect(reader: Any, header: tuple[str, str]) -> None:
    given = {header[0]: header[1].encode("latin-1")}
    for method, path in (("GET", ROW), ("DELETE", f"{STOCK}/rows/NONE%7CPLANT"), ("PUT", ROW)):
        assert reader.request(method, path, headers=given).status_code < 500
