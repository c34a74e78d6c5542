"""Draws a supply graph: boxes in columns, the item's locations in one frame, edges as curves."""

from __future__ import annotations

from dataclasses import dataclass
from xml.etree.ElementTree import Element

from markupsafe import Markup

from app.service.report.graph import FRAME, PLACE, Edge, Key, Node, SupplyGraph
from app.service.report.svg import WIDTH, Box, add, canvas, legend, markup, text

_TOP, _GAP, _PITCH, _SIDE = 84.0, 12.0, 208.0, 40.0
_BOX_WIDTH = 178.0
_LEGEND = [("line edge", "routine"), ("line edge other", "alternative, not used"),
           ("line edge other used", "alternative that the response uses")]  # fmt: skip
_KINDS = {PLACE: "place", "source": "supply", "maker": "supply", "market": "market"}


def graph_chart(graph: SupplyGraph) -> Markup:
    """The graph as a drawing, as wide as the page or wider where it has many columns."""
    layout = _Layout(graph)
    words = (f"Supply graph around {graph.item}: sources, locations, what it goes into, markets; "
             "numbers of the as-is plan and of the response.")  # fmt: skip
    drawing = canvas(layout.width, layout.height, words)
    legend(drawing, _LEGEND, 8.0, 18.0)
    moves = [
        edge
        for edge in graph.edges
        if edge.start[0] == edge.end[0] == PLACE and edge.start != FRAME
    ]
    for edge in graph.edges:
        if edge not in moves:
            layout.draw_edge(drawing, edge)
    for number, (heading, words) in enumerate(graph.headings):
        middle = layout.column(number) + _BOX_WIDTH / 2
        text(drawing, heading, middle, 50.0, "title middle", _BOX_WIDTH + 20)
        text(drawing, f"{words}, as-is \u2192 response", middle, 66.0, "tick middle")
    _frame(drawing, layout.frame)
    for layer in graph.layers:
        for node in layer:
            _draw_node(drawing, node, layout.boxes[node.key])
    for edge in graph.edges:
        if edge.is_move:
            layout.draw_edge(drawing, edge)
    return markup(drawing)


@dataclass(frozen=True)
class _Layout:
    """Where the boxes of a graph stand: columns side by side, each centred."""

    graph: SupplyGraph

    @property
    def width(self) -> float:
        """Width of the drawing."""
        return max(WIDTH, 2 * _SIDE + _PITCH * len(self.graph.layers))

    def column(self, number: int) -> float:
        """Left edge of a column."""
        count = len(self.graph.layers)
        pitch = (self.width - 2 * _SIDE - _BOX_WIDTH) / max(count - 1, 1)
        return _SIDE + number * pitch

    @property
    def _tallest(self) -> float:
        return max(_column_height(layer) for layer in self.graph.layers)

    @property
    def height(self) -> float:
        """Height of the drawing."""
        return _TOP + self._tallest + 24.0

    @property
    def boxes(self) -> dict[Key, Box]:
        """Box of every node."""
        found = {}
        for number, layer in enumerate(self.graph.layers):
            top = _TOP + (self._tallest - _column_height(layer)) / 2
            for node in layer:
                found[node.key] = Box(self.column(number), top, _BOX_WIDTH, _height(node))
                top += _height(node) + _GAP
        return found

    @property
    def frame(self) -> Box:
        """Frame around the locations of the item."""
        inside = [box for key, box in self.boxes.items() if key[0] == PLACE]
        if not inside:
            return Box(self.column(1), _TOP + self._tallest / 2, _BOX_WIDTH, 0.0)
        top, bottom = min(box.top for box in inside), max(box.bottom for box in inside)
        return Box(inside[0].left - 9, top - 9, _BOX_WIDTH + 18, bottom - top + 18)

    def draw_edge(self, drawing: Element, edge: Edge) -> None:
        """A curve from the right of one box to the left of the other."""
        boxes = {**self.boxes, FRAME: self.frame}
        if edge.start not in boxes or edge.end not in boxes:
            return
        start, end = boxes[edge.start], boxes[edge.end]
        kind = "line edge" + " other" * (not edge.is_routine) + " used" * edge.is_used
        shift = 0.0 if edge.is_routine else 6.0
        begin = (start.right, start.top + start.height / 2 + shift)
        finish = (end.left, end.top + end.height / 2 + shift)
        turn = (start.right + end.left) / 2
        if start.left == end.left:
            finish, turn = (end.right, finish[1]), end.right + 52.0
            _arrow(drawing, finish, kind)
        add(drawing, "path", d=_curve(begin, finish, turn), kind=kind)


def _curve(start: tuple[float, float], end: tuple[float, float], turn: float) -> str:
    points = (start, (turn, start[1]), (turn, end[1]), end)
    first, *others = (f"{x:.1f} {y:.1f}" for x, y in points)
    return f"M{first}C{' '.join(others)}"


def _arrow(drawing: Element, tip: tuple[float, float], kind: str) -> None:
    """The head of an arrow that comes from the right."""
    x, y = tip
    path = f"M{x + 9:.1f} {y - 4.5:.1f}L{x + 1:.1f} {y:.1f}L{x + 9:.1f} {y + 4.5:.1f}"
    add(drawing, "path", d=path, kind=f"{kind} head")


def _height(node: Node) -> float:
    return 54.0 if node.note else 40.0


def _column_height(layer: tuple[Node, ...]) -> float:
    return sum(_height(node) for node in layer) + _GAP * max(len(layer) - 1, 0)


def _frame(drawing: Element, box: Box) -> None:
    add(drawing, "rect", x=box.left, y=box.top, width=box.width, height=box.height, rx=8,
        kind="frame")  # fmt: skip


def _draw_node(drawing: Element, node: Node, box: Box) -> None:
    kind = _KINDS.get(node.key[0], "made")
    tip = "\n".join(part for part in (node.title, node.note, node.detail) if part)
    dashed = "" if node.is_routine else " other"
    add(drawing, "rect", x=box.left, y=box.top, width=box.width, height=box.height, rx=5,
        kind=f"node {kind}{dashed}", data_tip=tip)  # fmt: skip
    lines = [(node.title, "note strong"), (node.note, "tick"), (node.detail, "tick")]
    for number, (words, style) in enumerate(line for line in lines if line[0]):
        text(drawing, words, box.left + 9, box.top + 17 + 15 * number, f"{style} through",
             box.width - 16)  # fmt: skip
