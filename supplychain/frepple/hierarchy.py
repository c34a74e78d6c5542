"""Trees of items, locations and resources: a group stands for its members."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import cached_property

from supplychain.frepple.dump import Record


class Hierarchy:
    """Members of groups. ``used`` are names that records refer to as themselves, group or not."""

    def __init__(self, records: Iterable[Record], used: Collection[str] = ()) -> None:
        self.owner = {record.name: record.text("owner") for record in records}
        self._used = frozenset(used)

    @cached_property
    def _children(self) -> dict[str, list[str]]:
        children: dict[str, list[str]] = {}
        for name, owner in self.owner.items():
            if owner and owner != name:
                children.setdefault(owner, []).append(name)
        return children

    def is_group(self, name: str) -> bool:
        """Whether ``name`` has members."""
        return name in self._children

    def members(self, name: str) -> list[str]:
        """Members at the lowest level below ``name``, or itself where it has none."""
        found: dict[str, None] = {}
        seen, open_ = {name}, [name]
        while open_:
            current = open_.pop()
            below = [child for child in self._children.get(current, ()) if child not in seen]
            seen.update(below)
            open_ += below
            if current not in self._children:
                found[current] = None
        return sorted(found) or [name]

    def expand(self, name: str) -> list[str]:
        """What a rule for ``name`` holds for: its members, and itself where it is used as such."""
        members = self.members(name)
        return [name, *members] if name in self._used and name not in members else members

    def depth(self, name: str) -> int:
        """Number of groups above ``name``; a rule of a deeper level is the more specific one."""
        depth, seen = 0, {name}
        while (name := self.owner.get(name, "")) and name not in seen:
            seen.add(name)
            depth += 1
        return depth

    @property
    def real(self) -> list[str]:
        """Everything but groups that only stand for their members."""
        named = {**dict.fromkeys(self.owner), **dict.fromkeys(sorted(self._used))}
        return [name for name in named if not self.is_group(name) or name in self._used]

    @property
    def groups(self) -> list[str]:
        """Groups that only stand for their members."""
        return [name for name in self._children if name not in self._used]
