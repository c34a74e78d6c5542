"""The README's data contract is the schema's."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from supplychain.contract import contract_markdown
from supplychain.network import Network
from supplychain.schema import TABLES

README = Path(__file__).parents[2] / "README.md"


def test_the_readme_shows_the_contract_as_the_schema_declares_it() -> None:
    text = README.read_text(encoding="utf-8")
    shown = text.split("<!-- contract -->\n")[1].split("<!-- /contract -->")[0]
    assert shown == contract_markdown()


def test_the_contract_names_every_column_with_its_default() -> None:
    text = contract_markdown()
    assert all(f"**{name}**" in text for name in TABLES)
    assert "`lead_time`\\*" in text
    assert "`routine` (true)" in text
    assert "not planned" not in text


def test_a_version_without_components_and_a_dataset_without_demand_are_noticed() -> None:
    frames = {
        "items": pd.DataFrame({"item": ["CAR", "CHIP"]}),
        "locations": pd.DataFrame({"location": ["PLANT"]}),
        "bom": pd.DataFrame({"item": ["CAR"], "component": ["CHIP"], "quantity_per": [1]}),
        "production": pd.DataFrame(
            {"item": ["CAR", "CAR"], "location": ["PLANT", "PLANT"], "version": ["", "v2"]}
        ),
    }
    assert Network.from_frames(frames).notices == (
        "no demand: there is nothing to plan",
        "made from nothing, without BOM rows for this version: CAR v2",
    )
