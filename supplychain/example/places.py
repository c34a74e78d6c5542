"""Where the example company and its suppliers are: invented firms at real coordinates.

Each size takes the first so many of a list; suppliers are numbered within their country.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

OWN = "Example Motors (synthetic)"


@dataclass(frozen=True)
class Place:
    """A location: code, country, region and coordinates, and what can be done there."""

    code: str
    country: str
    region: str
    latitude: float
    longitude: float
    company: str = OWN
    skills: tuple[str, ...] = ()
    weight: float = 1.0  # markets: share of a product's demand, before scaling to 1
    price: float = 1.0  # markets: price level


EUROPE, AMERICA, EAST_ASIA = "Europe", "North America", "East Asia"
SOUTH_AMERICA, SOUTH_ASIA = "South America", "South Asia"
SOUTHEAST_ASIA, AFRICA = "Southeast Asia", "Africa"
WEST, MIDDLE, EAST = "Westwind Mobility", "Midland Systems", "Eastbay Components"

PLANTS = (
    Place("PLANT-DE", "Germany", EUROPE, 51.34, 12.37, skills=("MID", "EV")),
    Place("PLANT-ES", "Spain", EUROPE, 41.65, -0.88, skills=("CITY",)),
    Place("PLANT-US", "United States", AMERICA, 33.52, -86.80, skills=("MID", "EV")),
    Place("PLANT-CN", "China", EAST_ASIA, 30.59, 114.31, skills=("CITY", "EV")),
    Place("PLANT-CZ", "Czechia", EUROPE, 50.41, 14.91, skills=("CITY", "MID")),
    Place("PLANT-MX", "Mexico", AMERICA, 19.04, -98.21, skills=("CITY", "MID")),
    Place("PLANT-JP", "Japan", EAST_ASIA, 34.72, 137.73, skills=("MID", "EV")),
    Place("PLANT-BR", "Brazil", SOUTH_AMERICA, -23.69, -46.56, skills=("CITY",)),
    Place("PLANT-IN", "India", SOUTH_ASIA, 18.52, 73.86, skills=("CITY", "MID")),
    Place("PLANT-HU", "Hungary", EUROPE, 47.69, 17.65, skills=("EV",)),
    Place("PLANT-TH", "Thailand", SOUTHEAST_ASIA, 13.36, 101.00, skills=("MID",)),
    Place("PLANT-ZA", "South Africa", AFRICA, -33.96, 25.60, skills=("CITY",)),
)
MARKETS = (
    Place("MARKET-EU-NORTH", "Germany", EUROPE, 53.55, 10.00, weight=0.27, price=1.02),
    Place("MARKET-EU-SOUTH", "Italy", EUROPE, 45.46, 9.19, weight=0.20, price=0.98),
    Place("MARKET-NA", "United States", AMERICA, 41.88, -87.63, weight=0.30, price=1.03),
    Place("MARKET-CN", "China", EAST_ASIA, 31.23, 121.47, weight=0.26, price=0.97),
    Place("MARKET-JP", "Japan", EAST_ASIA, 35.68, 139.69, weight=0.07, price=1.00),
    Place("MARKET-UK", "United Kingdom", EUROPE, 52.49, -1.89, weight=0.10, price=1.01),
    Place("MARKET-LATAM", "Brazil", SOUTH_AMERICA, -23.55, -46.63, weight=0.09, price=0.98),
    Place("MARKET-IN", "India", SOUTH_ASIA, 28.61, 77.21, weight=0.08, price=0.97),
    Place("MARKET-CA", "Canada", AMERICA, 43.65, -79.38, weight=0.06, price=1.02),
    Place("MARKET-MX", "Mexico", AMERICA, 19.43, -99.13, weight=0.05, price=0.99),
    Place("MARKET-ASEAN", "Thailand", SOUTHEAST_ASIA, 13.76, 100.50, weight=0.06, price=0.98),
    Place("MARKET-ZA", "South Africa", AFRICA, -26.20, 28.05, weight=0.03, price=0.99),
)
TIER1S = (
    Place("DE", "Germany", EUROPE, 49.45, 11.08, WEST, ("control", "vision")),
    Place("HU", "Hungary", EUROPE, 47.50, 19.04, MIDDLE, ("control", "media")),
    Place("MX", "Mexico", AMERICA, 20.59, -100.39, MIDDLE, ("control", "media", "vision")),
    Place("CN", "China", EAST_ASIA, 22.54, 114.06, MIDDLE, ("control", "media")),
    Place("DE", "Germany", EUROPE, 48.78, 9.18, WEST, ("edrive",)),
    Place("CN", "China", EAST_ASIA, 26.66, 119.55, EAST, ("battery", "edrive")),
    Place("PL", "Poland", EUROPE, 50.04, 22.00, EAST, ("wiring",)),
    Place("MX", "Mexico", AMERICA, 28.63, -106.08, EAST, ("wiring",)),
    Place("CN", "China", EAST_ASIA, 29.87, 121.54, EAST, ("wiring",)),
    Place("US", "United States", AMERICA, 37.77, -84.30, WEST, ("battery", "edrive")),
    Place("CZ", "Czechia", EUROPE, 49.20, 16.61, WEST, ("control", "media")),
    Place("US", "United States", AMERICA, 42.28, -83.74, WEST, ("control", "vision")),
    Place("JP", "Japan", EAST_ASIA, 35.18, 136.91, EAST, ("control", "vision")),
    Place("PL", "Poland", EUROPE, 51.11, 17.03, MIDDLE, ("battery",)),
    Place("RO", "Romania", EUROPE, 45.76, 21.23, MIDDLE, ("media", "wiring")),
    Place("MY", "Malaysia", SOUTHEAST_ASIA, 5.41, 100.33, EAST, ("control", "media")),
    Place("MX", "Mexico", AMERICA, 25.69, -100.32, WEST, ("edrive", "media")),
    Place("CN", "China", EAST_ASIA, 31.30, 120.58, MIDDLE, ("vision", "control")),
    Place("FR", "France", EUROPE, 43.60, 1.44, WEST, ("vision",)),
    Place("TN", "Tunisia", AFRICA, 36.81, 10.18, EAST, ("wiring",)),
    Place("KR", "South Korea", EAST_ASIA, 35.87, 128.60, MIDDLE, ("battery", "media")),
    Place("PT", "Portugal", EUROPE, 41.55, -8.42, WEST, ("media",)),
    Place("IN", "India", SOUTH_ASIA, 12.97, 77.59, EAST, ("control", "wiring")),
    Place("BR", "Brazil", SOUTH_AMERICA, -22.91, -47.06, WEST, ("wiring", "control")),
)
FABS = (
    Place("TW", "Taiwan", EAST_ASIA, 24.80, 120.97, "Island Silicon", ("logic", "mcu")),
    Place("JP", "Japan", EAST_ASIA, 36.39, 140.53, "Plain Semiconductor", ("mcu", "sensor")),
    Place("DE", "Germany", EUROPE, 51.05, 13.74, "River Power Devices", ("power", "analog")),
    Place("TW", "Taiwan", EAST_ASIA, 23.00, 120.21, "Island Silicon", ("memory", "logic")),
    Place("US", "United States", AMERICA, 30.27, -97.74, "Mesa Analog", ("analog", "sensor")),
    Place("KR", "South Korea", EAST_ASIA, 37.26, 127.03, "Strait Memory", ("memory", "logic")),
    Place("MY", "Malaysia", SOUTHEAST_ASIA, 5.41, 100.33, "Canopy Devices", ("power", "analog")),
    Place("FR", "France", EUROPE, 45.19, 5.72, "Glacier Micro", ("mcu", "sensor")),
    Place("US", "United States", AMERICA, 33.45, -112.07, "Mesa Analog", ("logic", "mcu")),
    Place("SG", "Singapore", SOUTHEAST_ASIA, 1.35, 103.82, "Harbour Wafer", ("memory", "power")),
    Place("IT", "Italy", EUROPE, 37.51, 15.08, "Lava Power", ("power", "mcu")),
    Place("JP", "Japan", EAST_ASIA, 32.80, 130.71, "Plain Semiconductor", ("sensor", "logic")),
    Place("CN", "China", EAST_ASIA, 31.30, 121.50, "Reedbank Foundry", ("analog", "mcu")),
    Place("TW", "Taiwan", EAST_ASIA, 24.15, 120.67, "Island Silicon", ("logic", "power")),
)
SOURCES = (
    Place("DE", "Germany", EUROPE, 51.51, 7.47, "Rill Parts"),
    Place("US", "United States", AMERICA, 39.77, -86.16, "Prairie Parts"),
    Place("CN", "China", EAST_ASIA, 32.06, 118.80, "Lotus Parts"),
    Place("BR", "Brazil", SOUTH_AMERICA, -25.43, -49.27, "Pampas Parts"),
    Place("IN", "India", SOUTH_ASIA, 13.08, 80.27, "Monsoon Parts"),
    Place("TH", "Thailand", SOUTHEAST_ASIA, 12.68, 101.28, "Orchid Parts"),
    Place("ZA", "South Africa", AFRICA, -29.86, 31.02, "Veld Parts"),
)
BROKERS = (
    Place("BROKER-SG", "Singapore", SOUTHEAST_ASIA, 1.30, 103.85, "Quayside Chip Brokers"),
    Place("BROKER-NL", "Netherlands", EUROPE, 52.31, 4.77, "Lowland Chip Brokers"),
)
HUBS = (
    Place("HUB-NL", "Netherlands", EUROPE, 51.44, 5.48),
    Place("HUB-SG", "Singapore", SOUTHEAST_ASIA, 1.34, 103.98),
    Place("HUB-US", "United States", AMERICA, 32.78, -96.80),
)
SERVICES = (
    Place("SERVICE-EU", "Belgium", EUROPE, 50.85, 4.35),
    Place("SERVICE-NA", "United States", AMERICA, 35.15, -90.05),
    Place("SERVICE-CN", "China", EAST_ASIA, 30.27, 120.15),
    Place("SERVICE-IN", "India", SOUTH_ASIA, 19.08, 72.88),
)

_SEA_WEEKS = {
    frozenset((EUROPE, AMERICA)): 3,
    frozenset((EUROPE, EAST_ASIA)): 5,
    frozenset((AMERICA, EAST_ASIA)): 4,
    frozenset((EUROPE, AFRICA)): 2,
    frozenset((EAST_ASIA, SOUTHEAST_ASIA)): 2,
    frozenset((SOUTH_ASIA, SOUTHEAST_ASIA)): 2,
    frozenset((AMERICA, SOUTH_AMERICA)): 3,
}


def route(origin: Place, destination: Place) -> tuple[str, int]:
    """Return the usual mode between two places and its transit time in weeks."""
    if origin.region == destination.region:
        return ("land", 1) if origin.region != EAST_ASIA else _within_east_asia(origin, destination)
    return "sea", _SEA_WEEKS.get(frozenset((origin.region, destination.region)), 4)


def _within_east_asia(origin: Place, destination: Place) -> tuple[str, int]:
    return ("land", 1) if origin.country == destination.country else ("sea", 1)


def numbered(prefix: str, places: tuple[Place, ...], count: int) -> list[Place]:
    """Return ``count`` places named ``prefix-country-number``, going round the list as needed."""
    seen: dict[str, int] = {}
    result = []
    for position in range(count):
        place = places[position % len(places)]
        seen[place.code] = seen.get(place.code, 0) + 1
        lap = position // len(places)
        result.append(_copy(place, f"{prefix}-{place.code}-{seen[place.code]}", lap))
    return result


def _copy(place: Place, code: str, lap: int) -> Place:
    return Place(
        code, place.country, place.region, round(place.latitude + 0.6 * lap, 2),
        round(place.longitude + 0.4 * lap, 2), place.company, place.skills,
    )  # fmt: skip


def neighbours(places: list[Place]) -> list[tuple[Place, Place]]:
    """Return pairs of places of one company, each with the next in a ring."""
    pairs = []
    for company in dict.fromkeys(place.company for place in places):
        own = [place for place in places if place.company == company]
        pairs += list(pairwise([*own, own[0]] if len(own) > 2 else own))
    return pairs
