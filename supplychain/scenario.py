"""Scenarios: a named list of disruptions and permitted responses, laid over a dataset.

```yaml
name: chip allocation, second half
disruptions:
  - kind: allocation
    commodity: semiconductor
    share: 0.6
    start: 2026-W10
    periods: 12
    recovery: 4
responses: {transfers: true, alternates: true, budget: 2000000}
```

Every problem of a scenario is told at once. Scalars are read with care: ``1e6`` is a number,
``010`` is ten, and a field given twice is a problem, not a silent choice.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import ValidationError

from supplychain.disruptions import KINDS, Disruption
from supplychain.disruptions.base import RULE, Quantity, Record, Share, Text
from supplychain.errors import FileError, Problem, ScenarioError
from supplychain.frames import near
from supplychain.network import Network

_FIELDS = ("name", "description", "disruptions", "responses")
_LONGEST_VALUE = 80


class Responses(Record):
    """What the response plan may do; all of it unless a scenario says otherwise.

    reallocation: supply may favour some demand over other. transfers: lanes that are not routine.
    alternates: sourcing options and production rows that are not routine, and qualifying a source.
    substitutes: approved replacements of components. expedite: scheduled receipts pulled forward,
    pushed out or cancelled. short_builds: products built without a component and completed later.
    overtime: capacity beyond the normal. priorities: demand of a better class comes first.
    plant_spread: largest difference between locations in the use of their resources (0 to 1);
    None: not asked. budget: most premium spending, in money; None: no limit.
    """

    reallocation: bool = True
    transfers: bool = True
    alternates: bool = True
    substitutes: bool = True
    expedite: bool = True
    short_builds: bool = True
    overtime: bool = True
    priorities: bool = True
    plant_spread: Share | None = None
    budget: Quantity | None = None


@dataclass(frozen=True)
class Scenario:
    """A named list of disruptions, applied in order, and the responses permitted to them.

    ``source`` names the file it came from, for messages; it is no part of its value.
    """

    name: str
    description: str = ""
    disruptions: tuple[Disruption, ...] = ()
    responses: Responses = field(default_factory=Responses)
    source: str = field(default="scenario", compare=False)

    @classmethod
    def calm(cls, name: str = "base") -> Scenario:
        """The scenario in which nothing happens and everything is permitted."""
        return cls(name)

    def to_yaml(self) -> str:
        """The scenario as YAML that :func:`parse_scenario` reads back to an equal one."""
        content: dict[str, Any] = {"name": self.name}
        if self.description:
            content["description"] = self.description
        content["disruptions"] = [{"kind": d.kind, **_given(d)} for d in self.disruptions]
        if responses := _given(self.responses):
            content["responses"] = responses
        return yaml.dump(content, Dumper=_Dumper, sort_keys=False, allow_unicode=True)


def read_scenario(path: Path) -> Scenario:
    """Read the scenario file at ``path``.

    Raises FileError where it cannot be read, ScenarioError with every problem of its content.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise FileError(path, f"cannot be read ({error.strerror})", "name a YAML file") from None
    except UnicodeDecodeError as error:
        problem = Problem(path.name, f"is not UTF-8 text ({error.reason})", "save it as UTF-8")
        raise ScenarioError([problem]) from None
    return parse_scenario(text, path.name)


def parse_scenario(text: str, source: str) -> Scenario:
    """Parse the YAML ``text`` of a scenario; ``source`` is the file name in messages.

    Raises ScenarioError with every problem found.
    """
    content, problems = _load(text)
    if content is None:
        raise ScenarioError(_in_file(problems, source))
    problems += [
        _problem("unknown field", f"remove it{near(str(key), _FIELDS)}", str(key))
        for key in content
        if key not in _FIELDS
    ]
    header, found = _read(_Header, {k: content[k] for k in _FIELDS[:2] if k in content})
    problems += found
    disruptions, found = _read_disruptions(content.get("disruptions"))
    problems += found
    responses, found = _read_responses(content.get("responses"))
    problems += found
    if problems or header is None or responses is None:
        raise ScenarioError(_in_file(problems, source))
    return Scenario(header.name, header.description or "", disruptions, responses, source)


def apply(scenario: Scenario, network: Network) -> Network:
    """The network with every disruption of ``scenario`` in it, in their order.

    ``network`` must be expanded (no ``*`` left); it stays as it is, and is returned itself where
    there is no disruption. Raises ScenarioError with the problems of all disruptions.
    """
    problems: list[Problem] = []
    for row, disruption in enumerate(scenario.disruptions, 1):
        try:
            network = disruption.apply(network)
        except ScenarioError as error:
            problems += [dataclasses.replace(problem, row=row) for problem in error.problems]
    if problems:
        raise ScenarioError(_in_file(problems, scenario.source))
    return network


def describe(scenario: Scenario, network: Network) -> tuple[str, ...]:
    """One sentence a disruption: what it changes of what the disruptions before it left."""
    sentences = []
    for disruption in scenario.disruptions:
        after = disruption.apply(network)
        sentences.append(disruption.describe(network, after))
        network = after
    return tuple(sentences)


# --- fields ------------------------------------------------------------------------------------


class _Header(Record):
    name: Text
    description: str | None = None


_Content = dict[Any, Any]
_R = TypeVar("_R", bound=Record)
_MESSAGES = {
    "string_type": ("is not text", "write text; put numbers, yes and no in quotes"),
    "string_too_short": ("is empty", "fill it in"),
    "spaces": ("has spaces around it", "remove the spaces"),
    "float_type": ("is not a number", "write a number such as 0.6, without quotes or units"),
    "int_type": ("is not a whole number", "write a whole number"),
    "int_from_float": ("is not a whole number", "write a whole number"),
    "bool_type": ("is not true or false", "write true or false"),
    "date": ("is not a date", "write a date such as 2026-03-02 or a week such as 2026-W10"),
    "finite_number": ("is not finite", "write a finite number"),
}


def _read_disruptions(listed: object) -> tuple[tuple[Disruption, ...], list[Problem]]:
    if listed is None:
        return (), []
    if not isinstance(listed, list):
        remedy = "write a dash before each disruption"
        return (), [_problem("is not a list", remedy, "disruptions", listed)]
    read: list[Disruption] = []
    problems: list[Problem] = []
    for row, given in enumerate(listed, 1):
        disruption, found = _read_disruption(given)
        problems += [dataclasses.replace(problem, row=row) for problem in found]
        if disruption is not None:
            read.append(disruption)
    return tuple(read), problems


def _read_disruption(given: object) -> tuple[Disruption | None, list[Problem]]:
    kinds = ", ".join(KINDS)
    if not isinstance(given, dict):
        remedy = "write kind: and its fields below each other"
        return None, [_problem("is not a mapping of fields", remedy, "", given)]
    kind = given.get("kind")
    if kind is None:
        return None, [_problem("required field is missing", f"add one of {kinds}", "kind")]
    model = KINDS.get(kind) if isinstance(kind, str) else None
    if model is None:
        remedy = f"write one of {kinds}{near(str(kind), KINDS)}"
        return None, [_problem("is not a kind of disruption", remedy, "kind", kind)]
    return _read(model, given)


def _read_responses(given: object) -> tuple[Responses | None, list[Problem]]:
    if given is not None and not isinstance(given, dict):
        remedy = "write the switches and their values, e.g. {transfers: false}"
        return None, [_problem("is not a mapping of fields", remedy, "responses", given)]
    return _read(Responses, given or {})


def _read(model: type[_R], given: _Content) -> tuple[_R | None, list[Problem]]:
    """Build ``model`` from ``given``, or list every problem of it."""
    named = {key: value for key, value in given.items() if isinstance(key, str)}
    problems = [_unknown(model, str(key)) for key in given if key not in named]
    problems += model.rule_problems({name: named.get(name) for name in model.model_fields})
    try:
        record = model(**named)
    except ValidationError as error:
        details = error.errors(include_url=False)
        problems += [_translated(model, d) for d in details if d["type"] != RULE]
        return None, problems
    return (None if problems else record), problems


def _translated(model: type[Record], error: Mapping[str, Any]) -> Problem:
    """One error of pydantic in the words of the product."""
    column = str(error["loc"][0]) if error["loc"] else ""
    kind, value, context = error["type"], error["input"], error.get("ctx", {})
    if kind == "extra_forbidden":
        return _unknown(model, column)
    if kind == "missing":
        return _problem("required field is missing", f"add {column}", column)
    if value is None:
        return _problem("is blank", "fill it in, or remove the field", column)
    if kind == "greater_than_equal":
        low = context["ge"]
        message = "is negative" if low == 0 else f"is below {low:g}"
        return _problem(message, f"write a number from {low:g} up", column, value)
    if kind == "less_than_equal":
        high = context["le"]
        message = f"is above {high:g}"
        return _problem(message, f"write a number up to {high:g}", column, value)
    message, remedy = _MESSAGES.get(kind, ("is not valid", error["msg"]))
    return _problem(message, remedy, column, value)


def _unknown(model: type[Record], column: str) -> Problem:
    absent = list(model.model_fields)
    return _problem("unknown field", f"remove it{near(column, absent)}", column)


def _problem(message: str, remedy: str, column: str = "", value: object = "") -> Problem:
    return Problem("scenario", message, remedy, None, column, _shown(value))


def _shown(value: object) -> str:
    """A scalar as it may stand in a message; lists and mappings are not repeated."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)[:_LONGEST_VALUE] if isinstance(value, str | int | float) else ""


def _in_file(problems: Iterable[Problem], source: str) -> list[Problem]:
    return [dataclasses.replace(problem, table=source) for problem in problems]


def _given(record: Record) -> dict[str, Any]:
    """Fields that were given, in the order of the declaration, timing last."""
    values = record.model_dump(mode="json", exclude_unset=True, exclude_none=True)
    timing = [name for name in ("start", "periods", "recovery") if name in values]
    order = [name for name in values if name not in timing] + timing
    return {name: values[name] for name in order}


# --- YAML --------------------------------------------------------------------------------------


class _Loader(yaml.SafeLoader):
    """Reads scalars without the traps of YAML 1.1 and notes fields that are given twice.

    What refers to another place of the text is refused: nested, a few lines stand for gigabytes.
    """

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012

    def __init__(self, stream: str) -> None:
        super().__init__(stream)
        self.repeated: list[tuple[str, int]] = []

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        """Build a node; an alias is an error."""
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            raise yaml.composer.ComposerError(None, None, "an alias; write it out", mark)
        node: yaml.Node | None = super().compose_node(parent, index)
        return node

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> _Content:
        """Build a mapping; a key that comes twice is noted with its line."""
        seen: set[str] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode):
                if key.value in seen:
                    self.repeated.append((key.value, key.start_mark.line + 1))
                seen.add(key.value)
        return super().construct_mapping(node, deep)


_LINE_BREAKS = ("\r", "\x85", "\u2028", "\u2029")


class _Dumper(yaml.SafeDumper):
    """Quotes what the loader would not read back as text."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012

    def ignore_aliases(self, data: object) -> bool:
        """Write everything out."""
        return True

    def represent_str(self, data: str) -> yaml.ScalarNode:
        """Escape line breaks that are not \\n: as they are they would be read back as spaces."""
        style = '"' if any(mark in data for mark in _LINE_BREAKS) else None
        return self.represent_scalar(f"{_TAG}str", data, style)


_Dumper.add_representer(str, _Dumper.represent_str)

_TAG = "tag:yaml.org,2002:"
_NUMBER = list("-+0123456789.")
_SCALARS = (
    ("bool", r"yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF",
     list("yYnNtTfFoO")),
    ("int", r"[-+]?[0-9][0-9_]*", _NUMBER),
    ("float", r"[-+]?(\.[0-9]+|[0-9][0-9_]*(\.[0-9_]*)?)([eE][-+]?[0-9]+)?"
     r"|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)", _NUMBER),
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("merge", r"<<", ["<"]),
)  # fmt: skip
for _name, _pattern, _first in _SCALARS:
    for _class in (_Loader, _Dumper):
        _class.add_implicit_resolver(_TAG + _name, re.compile(rf"(?:{_pattern})\Z"), _first)
_Loader.add_constructor(_TAG + "int", lambda loader, node: int(node.value.replace("_", "")))


def _load(text: str) -> tuple[_Content | None, list[Problem]]:
    """The mapping that ``text`` holds, or None, with what is wrong with it as YAML."""
    remedy = "correct the YAML"
    loader = None
    try:
        loader = _Loader(text)
        content = loader.get_single_data()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = f" (line {mark.line + 1}, column {mark.column + 1})" if mark else ""
        return None, [_problem(f"is not valid YAML: {error.problem}{place}", remedy)]
    except (yaml.YAMLError, ValueError) as error:
        return None, [_problem(f"is not valid YAML: {str(error).splitlines()[0]}", remedy)]
    except RecursionError:
        return None, [_problem("is not valid YAML: nested too deeply", remedy)]
    if not isinstance(content, dict):
        message = "is empty" if content is None else "is not a mapping of fields"
        return None, [_problem(message, "write name: and disruptions: as in the documentation")]
    return content, [
        _problem(f"field is given twice (line {line})", "keep one of them", key)
        for key, line in loader.repeated
    ]
