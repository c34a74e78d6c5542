"""A thin client of the API: what an ERP needs, with retries that do nothing twice."""

from __future__ import annotations

import io
import random
import time
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import httpx
import yaml

Json = dict[str, Any]
Rows = Sequence[Mapping[str, Any]]
_MEDIA_TYPES = {
    ".csv": "text/csv", ".parquet": "application/vnd.apache.parquet",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".zip": "application/zip", ".json": "application/json",
}  # fmt: skip
_FINISHED = ("succeeded", "failed", "cancelled")
_LATER = (429, 503)  # answers that ask to come back; 409 of a request that is still in flight
_ATTEMPTS = 6
_CONFLICT = 409
_ANY = {"If-Match": "*"}


class ProblemError(Exception):
    """What the service refused, and why."""

    def __init__(self, status: int, problem: Json) -> None:
        super().__init__(f"{status} {problem.get('detail', '')}")
        self.status = status
        self.problem = problem

    @property
    def problems(self) -> list[Json]:
        """What is wrong, row by row, where the service tells that."""
        return list(self.problem.get("problems", ()))


class Client:
    """The API at ``address`` for the holder of ``token``; a context manager.

    A request that found no answer is sent again, changes with the key of the first time.
    """

    def __init__(
        self, address: str, token: str, *, http: httpx.Client | None = None, timeout: float = 60.0
    ) -> None:
        self._http = http or httpx.Client(base_url=address, timeout=timeout)
        self._headers = {"Authorization": f"Bearer {token}"}

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    # --- data ------------------------------------------------------------------------------------

    def push_dataset(self, path: Path, name: str) -> Json:
        """Make the dataset ``name`` what ``path`` holds: a workbook, or a folder of CSV or Parquet.

        All or nothing; ProblemError lists what is wrong, row by row. Scenario files in its folder
        ``scenarios`` follow, one by one, and are shared; one's own of the same name are replaced.
        """
        if all(found["name"] != name for found in self._get("/datasets")["items"]):
            self._post("/datasets", {"name": name})
        content, kind = _packed(path)
        headers = {"Content-Type": kind, **_ANY}
        written = self._json("PUT", f"/datasets/{_part(name)}/contents", content, headers)
        stories = [file.read_text("utf-8") for file in sorted(path.glob("scenarios/*.yaml"))]
        pushed = [self.push_scenario(name, story)["name"] for story in stories]
        return {**written, "scenarios": pushed}

    def push_scenario(self, dataset: str, content: str) -> Json:
        """Keep and share a scenario (YAML), instead of one's own of its name where there is one.

        ProblemError where another's has that name, or where it is wrong.
        """
        place = f"/datasets/{_part(dataset)}/scenarios"
        try:
            return self._post(place, {"content": content, "shared": True})
        except ProblemError as error:
            if error.status != _CONFLICT:
                raise
            name = yaml.safe_load(content)["name"]
            kept: Json | None = next(
                (one for one in self._get(place)["items"] if one["name"] == name), None
            )
            if kept is None:  # somebody has it who does not share it
                raise
        if kept["shared"] and kept["content"] == content:
            return kept
        wanted = {"content": content, "shared": True}
        return self._json("PATCH", f"{place}/{kept['id']}", wanted, _ANY)

    def upsert(self, dataset: str, table: str, rows: Rows) -> Json:
        """Add or replace rows of a table, all or none."""
        return self._post(f"/datasets/{_part(dataset)}/tables/{_part(table)}", list(rows))

    def rows(self, dataset: str, table: str, **filters: str | float) -> Iterator[Json]:
        """All rows of a table that pass the filters, such as ``quantity__gte=10``."""
        yield from self._pages(f"/datasets/{_part(dataset)}/tables/{_part(table)}", filters)

    def changes(self, dataset: str, since: str = "0") -> tuple[list[Json], str]:
        """All that changed since a cursor, and the cursor to go on from."""
        items: list[Json] = []
        while True:
            told = self._get(f"/datasets/{_part(dataset)}/changes", {"since": since})
            items, since = items + told["items"], told["cursor"]
            if not told["more"]:
                return items, since

    # --- jobs and what they made -----------------------------------------------------------------

    def start(self, kind: str, dataset: str | None = None, **parameters: Any) -> Json:
        """Start a job of a kind such as ``what-if``."""
        place = "" if dataset is None else f"/datasets/{_part(dataset)}"
        return self._post(f"{place}/jobs/{_part(kind)}", parameters)

    def wait(self, job: str, timeout: float = 3600.0) -> Json:
        """The job once it has ended; TimeoutError where it has not by then."""
        until, pause = time.monotonic() + timeout, 0.1
        while (found := self._get(f"/jobs/{_part(job)}"))["state"] not in _FINISHED:
            if time.monotonic() > until:
                raise TimeoutError(f"job {job} is {found['state']}")
            time.sleep(pause)
            pause = min(pause * 1.5, 2.0)
        return found

    def run_what_if(self, dataset: str, *scenarios: str, **options: Any) -> list[Json]:
        """The plans of a what-if under ``scenarios`` (YAML); RuntimeError where it fails.

        ``scenarios=[NAME]`` among the options: stored ones.
        """
        job = self.start("what-if", dataset, contents=list(scenarios), **options)
        ended = self.wait(job["id"])
        if ended["state"] != "succeeded":
            raise RuntimeError(f"the what-if {ended['state']}: {ended['error']}")
        return list(self._get(f"/runs/{job['id']}/plans")["items"])

    def actions(self, plan: str) -> list[Json]:
        """The recommended actions of a plan, by rank."""
        return list(self._get(f"/plans/{_part(plan)}/actions")["items"])

    def decide(self, action: Json, verdict: str, **further: Any) -> Json:
        """Decide on an action, unless somebody else did since it was read."""
        headers = {"If-Match": f'"{action["revision"]}"'}
        body = {"verdict": verdict, **further}
        return self._post(f"/actions/{_part(action['id'])}/decisions", body, headers)

    def fetch_orders(self, dataset: str | None = None, after: int = 0) -> Iterator[Json]:
        """Open releases, the first one first: planned orders, transfers and the like."""
        query: dict[str, Any] = {"state": "open", "after": after}
        yield from self._pages("/releases", query | ({"dataset": dataset} if dataset else {}))

    def acknowledge(self, release: str, key: str) -> Json:
        """Take a release under one's own key; the same again is the same answer."""
        return self._post(f"/releases/{_part(release)}/acknowledgement", {"key": key})

    # --- requests --------------------------------------------------------------------------------

    def _get(self, path: str, query: Mapping[str, Any] | None = None) -> Json:
        return self._json("GET", path, query=query)

    def _pages(self, path: str, query: Mapping[str, Any]) -> Iterator[Json]:
        page = self._get(path, query)
        yield from page["items"]
        while page["next"] is not None:
            page = self._get(path, {**query, "after": page["next"]})
            yield from page["items"]

    def _post(self, path: str, body: Any, headers: Mapping[str, str] | None = None) -> Json:
        key = {"Idempotency-Key": str(uuid4())}
        return self._json("POST", path, body, {**key, **(headers or {})})

    def _json(
        self, method: str, path: str, body: Any = None,
        headers: Mapping[str, str] | None = None, query: Mapping[str, Any] | None = None,
    ) -> Json:  # fmt: skip
        content = {"content": body} if isinstance(body, bytes) else {"json": body}
        request = self._http.build_request(
            method, f"/api/v1{path}", headers={**self._headers, **(headers or {})},
            params=query, **({} if body is None else content),
        )  # fmt: skip
        answer = self._sent(request)
        if answer.is_success:
            return dict(answer.json())
        is_problem = answer.headers.get("Content-Type", "").endswith("json")
        raise ProblemError(answer.status_code, answer.json() if is_problem else {})

    def _sent(self, request: httpx.Request) -> httpx.Response:
        """The answer; asked again where there is none, or where it says to come back."""
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                answer = self._http.send(request)
                in_flight = answer.status_code == 409 and "Retry-After" in answer.headers
                if attempt == _ATTEMPTS or not (answer.status_code in _LATER or in_flight):
                    return answer
                pause = float(answer.headers.get("Retry-After", 1))
            except httpx.TransportError:
                if attempt == _ATTEMPTS:
                    raise
                pause = 0.2 * 2**attempt
            time.sleep(pause * random.uniform(0.8, 1.2))  # not all clients at the same moment
        raise AssertionError("the last attempt returns or raises")


def _packed(path: Path) -> tuple[bytes, str]:
    """A dataset as one body: the file that it is, or a zip archive of the folder's files."""
    if not path.is_dir():
        return path.read_bytes(), _MEDIA_TYPES[path.suffix.lower()]

    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(path.glob("*.csv")) + sorted(path.glob("*.parquet")):
            archive.write(file, file.name)
    return content.getvalue(), _MEDIA_TYPES[".zip"]


def _part(name: str) -> str:
    """``name`` as one part of an address."""
    return quote(name, safe="")
