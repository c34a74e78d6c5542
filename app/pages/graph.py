"""The supply graph as a drawing whose boxes can be picked, by a click or by the keyboard."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

_HTML = '<div class="graph"></div>'
_CSS = """
.graph { overflow-x: auto; }
.graph svg { min-width: 940px; width: 100%; height: auto; display: block; }
.graph svg text { pointer-events: none; }
.graph svg text.tick { font-size: 12px; }
.graph svg text.strong { font-size: 12.5px; }
.graph svg rect.pick { cursor: pointer; }
.graph svg rect.pick:hover { stroke-width: 2.5; }
.graph svg rect.pick:focus { outline: none; stroke: #0072b2; stroke-width: 3; }
.graph svg rect.lit { stroke: #d55e00; stroke-width: 3.5; fill: rgba(213, 94, 0, .22); }
"""
_JS = """
export default function ({ parentElement, data, setTriggerValue }) {
  const graph = parentElement.querySelector('.graph');
  graph.innerHTML = data.svg;
  const svg = graph.querySelector('svg');
  if (!svg) return;
  svg.setAttribute('role', 'group');
  svg.removeAttribute('tabindex');
  svg.style.maxWidth = 'none';
  const [x, y, width, height] = svg.getAttribute('viewBox').split(' ').map(Number);
  svg.setAttribute('viewBox', `${x + 4} ${y} ${width - 30} ${height}`);
  for (const box of svg.querySelectorAll('rect.node')) {
    const told = box.dataset.tip || '';
    const name = told.split('\\n')[0];
    if (data.lit.includes(name)) box.classList.add('lit');
    if (/^[0-9,]+ more$/.test(name)) continue;
    const kind = box.classList.contains('made') ? 'item' : 'place';
    const pick = () => setTriggerValue('picked', { kind, name });
    box.classList.add('pick');
    box.setAttribute('tabindex', '0');
    box.setAttribute('role', 'button');
    box.setAttribute('aria-label', told.replaceAll('\\n', ', '));
    box.onclick = pick;
    box.onkeydown = (event) => {
      if (event.key === 'Enter' || event.key === ' ') { event.preventDefault(); pick(); }
    };
  }
}
"""


def graph(svg: str, lit: str, key: str, picked: Callable[[str, str], None]) -> None:
    """A drawing of boxes; ``picked`` is told the kind (item, place) and name of one picked.

    ``lit`` is the name of the bottleneck, whose box stands out.
    """

    def take() -> None:
        chosen = st.session_state[key].picked
        if chosen:
            picked(str(chosen["kind"]), str(chosen["name"]))

    _drawing()(key=key, data={"svg": svg, "lit": [lit] if lit else []}, on_picked_change=take)


@st.cache_resource(show_spinner=False)
def _drawing() -> Any:
    """The component, registered with the running server once."""
    return st.components.v2.component("supply_graph", html=_HTML, css=_CSS, js=_JS)
