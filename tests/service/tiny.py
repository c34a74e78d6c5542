"""A tiny dataset: two cars of two brands and a shared chip, one plant, four weeks."""

from __future__ import annotations

import pandas as pd

START = "2026-01-05"


def frame(text: str) -> pd.DataFrame:
    """A table as it looks: cells of text separated by spaces, ``-`` blank."""
    header, *rows = [line.split() for line in text.strip().splitlines()]
    cells = [["" if cell == "-" else cell for cell in row] for row in rows]
    return pd.DataFrame(cells, columns=header, dtype="str")


def tiny_frames() -> dict[str, pd.DataFrame]:
    """The tables, cells as a file would give them."""
    return {
        "settings": frame(f"""
            name     value
            start    {START}
            periods  4
        """),
        "items": frame("""
            item  kind       brand  unit_cost
            CAR   product    AVE    100
            VAN   product    BRI    120
            CHIP  component  -      2
        """),
        "locations": frame("""
            location  kind
            PLANT     plant
            WORKS     plant
            FAB       supplier
            SHOP      market
        """),
        "bom": frame("""
            item  component  quantity_per
            CAR   CHIP       1
            VAN   CHIP       2
        """),
        "production": frame("""
            item  location
            CAR   PLANT
            VAN   WORKS
        """),
        "sourcing": frame("""
            item  location  supplier  lead_time  capacity
            CHIP  PLANT     FAB       1          40
            CHIP  WORKS     FAB       1          -
        """),
        "lanes": frame("""
            item  origin  destination
            CAR   PLANT   SHOP
            VAN   WORKS   SHOP
        """),
        "stock": frame("""
            item  location  quantity
            CHIP  PLANT     10
        """),
        "demand": frame("""
            item  location  period      quantity  unit_revenue
            CAR   SHOP      2026-01-12  20        300
            CAR   SHOP      2026-01-19  30        300
            VAN   SHOP      2026-01-19  5         500
        """),
    }
