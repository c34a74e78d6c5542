"""What the example company sells and buys: brands, segments, assemblies, chips and parts.

Money is in EUR. All names are invented.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Brand:
    """A brand: price level, margin (share of revenue), volume, and where it is sold."""

    name: str
    price: float
    margin: float
    volume: float
    premium: bool
    first_market: int
    reach: float  # share of the markets, from first_market on
    segments: tuple[str, ...]
    fleet: float = 0.0  # share of demand from fleet customers


@dataclass(frozen=True)
class Segment:
    """A kind of vehicle: its platform, list price and vehicles a week at volume 1."""

    code: str
    description: str
    platform: str
    price: float
    volume: float
    electric: bool = False


@dataclass(frozen=True)
class Chip:
    """A family of semiconductors made in one technology; ``second`` says how it is dual-sourced.

    second: "" single-sourced, "routine" two fabs today, "alternate" a second fab that needs a
    decision, "unqualified" a second fab that would have to be qualified first.
    """

    code: str
    description: str
    technology: str
    price: float
    lead_time: int
    mode: str
    second: str = ""


@dataclass(frozen=True)
class Part:
    """A kind of part that is never scarce."""

    code: str
    description: str
    commodity: str
    price: float
    lead_time: int


@dataclass(frozen=True)
class Family:
    """A family of assemblies.

    use: which products need it (all, fuel, electric, none); by: what its variants follow (platform
    or premium); skill: what a tier-1 must be able to do, blank where it is bought complete at
    ``cost`` (else ``cost`` is the conversion cost); sites: most tier-1 sites of one variant;
    reserve: a further site may build it; premium: what the premium variant has more of.
    """

    code: str
    description: str
    commodity: str
    use: str
    quantity: int
    cost: float
    skill: str = ""
    by: str = ""
    variants: int = 1
    sites: int = 3
    reserve: bool = False
    lead_time: int = 1
    chips: tuple[tuple[str, int], ...] = ()
    parts: tuple[tuple[str, int], ...] = ()
    children: tuple[tuple[str, int], ...] = ()
    premium: tuple[tuple[str, int], ...] = ()

    def quantities(self, components: tuple[tuple[str, int], ...], variant: int) -> dict[str, int]:
        """Chips or parts of a variant and their quantities."""
        quantities = dict(components)
        if self.by == "premium" and variant % self.variants == 1:
            more = dict(self.premium)
            return {code: number + more.get(code, 0) for code, number in quantities.items()}
        return quantities


PLATFORMS = ("CITY", "MID", "EV")
SEGMENTS = {
    segment.code: segment
    for segment in (
        Segment("COMPACT", "compact car", "CITY", 22_400, 900),
        Segment("SEDAN", "sedan", "MID", 30_000, 700),
        Segment("SUV", "sport utility vehicle", "MID", 35_500, 1_100),
        Segment("EV-COMPACT", "electric compact car", "EV", 33_000, 600, electric=True),
        Segment("EV-SUV", "electric sport utility vehicle", "EV", 46_000, 450, electric=True),
    )
}
_ALL = tuple(SEGMENTS)
BRANDS = (
    Brand("Avenor", 0.95, 0.12, 1.00, False, 0, 0.8, _ALL[:4], fleet=0.25),
    Brand("Brivane", 0.92, 0.10, 0.70, False, 0, 0.4, ("COMPACT", "SUV")),
    Brand("Cirrona", 1.25, 0.20, 0.35, True, 2, 0.6, ("SEDAN", "SUV", "EV-SUV")),
    Brand("Duskar", 1.12, 0.25, 0.40, True, 1, 0.6, ("EV-COMPACT", "EV-SUV")),
    Brand("Elvanta", 0.98, 0.13, 0.60, False, 2, 0.7, _ALL, fleet=0.30),
    Brand("Fjordan", 1.10, 0.17, 0.40, True, 0, 0.6, _ALL[1:]),
    Brand("Galvio", 0.94, 0.11, 0.70, False, 3, 0.8, _ALL[:4], fleet=0.20),
    Brand("Hestral", 1.20, 0.22, 0.30, True, 1, 0.8, _ALL[1:]),
    Brand("Isoline", 0.96, 0.12, 0.50, False, 5, 0.7, _ALL, fleet=0.25),
    Brand("Jorvana", 1.04, 0.15, 0.45, False, 4, 0.6, _ALL),
    Brand("Kestara", 1.25, 0.24, 0.25, True, 2, 0.9, _ALL[1:]),
    Brand("Lumero", 0.95, 0.10, 0.60, False, 6, 0.7, _ALL[:4], fleet=0.35),
)
CHIPS = {
    chip.code: chip
    for chip in (
        Chip("SOC-VISION", "vision processor", "logic", 28.00, 18, "air"),
        Chip("MCU-BODY", "16-bit microcontroller", "mcu", 3.20, 14, "air", "alternate"),
        Chip("SOC-MEDIA", "media processor", "logic", 22.00, 16, "air", "alternate"),
        Chip("MCU-SAFETY", "lockstep microcontroller", "mcu", 9.80, 16, "air", "unqualified"),
        Chip("MCU-DRIVE", "32-bit microcontroller", "mcu", 6.50, 15, "air", "routine"),
        Chip("DRAM", "working memory", "memory", 6.20, 12, "air"),
        Chip("FLASH", "flash memory", "memory", 4.10, 12, "air", "alternate"),
        Chip("PMIC", "power management", "analog", 1.80, 14, "sea", "routine"),
        Chip("CAN", "bus transceiver", "analog", 1.10, 12, "sea", "alternate"),
        Chip("GATE-DRIVER", "gate driver", "analog", 2.40, 13, "air", "unqualified"),
        Chip("MOSFET", "silicon power switch", "power", 1.20, 12, "sea"),
        Chip("SIC-SWITCH", "silicon carbide power switch", "power", 8.50, 18, "air"),
        Chip("RADAR", "radar transceiver", "sensor", 7.40, 15, "air"),
        Chip("IMAGER", "image sensor", "sensor", 10.50, 14, "air", "alternate"),
        Chip("INERTIAL", "inertial sensor", "sensor", 1.90, 10, "sea", "routine"),
    )
}
PARTS = {
    part.code: part
    for part in (
        Part("BOARD", "printed circuit board", "circuit board", 9.00, 4),
        Part("HOUSING", "housing", "casting", 4.50, 3),
        Part("CONNECTOR", "connector", "connector", 1.40, 5),
        Part("PASSIVE", "resistors and capacitors", "passive", 0.90, 4),
        Part("PANEL", "display panel", "display", 48.00, 6),
        Part("CELL", "battery cell", "battery", 60.00, 4),
        Part("MAGNET", "copper and magnet set", "metal", 60.00, 3),
        Part("CABLE", "cable set", "metal", 130.00, 2),
        Part("LENS", "lens", "glass", 8.00, 3),
    )
}
PLANT_PARTS = (
    (Part("TYRE", "tyre", "tyre", 62.00, 2), 4),
    (Part("GLASS", "glass set", "glass", 240.00, 2), 1),
)
BODY = Part("BODY", "body panel set", "steel", 1_350.00, 2)
FITTING = Part("FITTING", "small parts", "fastener", 18.00, 2)
TRIM = Part("TRIM", "interior, exterior and running gear", "trim", 0.0, 2)
FAMILIES = {
    family.code: family
    for family in (
        Family(
            "BMS", "battery management unit", "electronics", "none", 0, 38.0, "control", sites=2,
            chips=(("MCU-SAFETY", 1), ("PMIC", 3), ("CAN", 2)),
            parts=(("BOARD", 1), ("PASSIVE", 4)),
        ),
        Family(
            "ECU-BODY", "body control unit", "electronics", "all", 1, 34.0, "control",
            by="platform", variants=2, reserve=True,
            chips=(("MCU-BODY", 2), ("CAN", 4), ("PMIC", 2), ("MOSFET", 8)),
            parts=(("BOARD", 1), ("HOUSING", 1), ("CONNECTOR", 4), ("PASSIVE", 6)),
        ),
        Family(
            "ECU-ENGINE", "engine control unit", "electronics", "fuel", 1, 62.0, "control",
            sites=2, reserve=True,
            chips=(("MCU-DRIVE", 1), ("GATE-DRIVER", 4), ("MOSFET", 12), ("FLASH", 1)),
            parts=(("BOARD", 1), ("HOUSING", 1), ("CONNECTOR", 2), ("PASSIVE", 8)),
        ),
        Family(
            "BRAKE-UNIT", "brake control unit", "electronics", "all", 1, 105.0, "control", sites=2,
            chips=(("MCU-SAFETY", 1), ("INERTIAL", 2), ("MOSFET", 6), ("PMIC", 1)),
            parts=(("BOARD", 1), ("HOUSING", 2), ("CONNECTOR", 2)),
        ),
        Family(
            "LAMP", "headlamp", "electronics", "all", 2, 58.0, "control", sites=2,
            chips=(("MCU-BODY", 1), ("MOSFET", 4)), parts=(("LENS", 1), ("HOUSING", 1)),
        ),
        Family(
            "ADAS", "driver assistance unit", "electronics", "all", 1, 90.0, "vision",
            by="premium", variants=2, sites=1, reserve=True,
            chips=(("SOC-VISION", 1), ("MCU-SAFETY", 1), ("DRAM", 2), ("RADAR", 1), ("IMAGER", 1)),
            parts=(("BOARD", 1), ("HOUSING", 1), ("LENS", 1), ("PASSIVE", 8)),
            premium=(("RADAR", 2), ("IMAGER", 3), ("DRAM", 2)),
        ),
        Family(
            "INFOTAINMENT", "infotainment unit", "electronics", "all", 1, 95.0, "media",
            by="premium", variants=2,
            chips=(("SOC-MEDIA", 1), ("DRAM", 4), ("FLASH", 2), ("CAN", 2), ("PMIC", 2)),
            parts=(("BOARD", 1), ("HOUSING", 1), ("CONNECTOR", 4), ("PASSIVE", 8)),
            premium=(("DRAM", 2), ("FLASH", 2)),
        ),
        Family(
            "DISPLAY", "instrument display", "electronics", "all", 1, 40.0, "media", sites=2,
            chips=(("MCU-BODY", 1), ("FLASH", 1), ("PMIC", 1)),
            parts=(("PANEL", 1), ("HOUSING", 1), ("CONNECTOR", 2)),
        ),
        Family(
            "INVERTER", "traction inverter", "electronics", "electric", 1, 190.0, "edrive", sites=2,
            chips=(("SIC-SWITCH", 24), ("GATE-DRIVER", 6), ("MCU-DRIVE", 1), ("INERTIAL", 1)),
            parts=(("BOARD", 2), ("HOUSING", 1), ("MAGNET", 1)),
        ),
        Family(
            "BATTERY", "battery pack", "battery", "electric", 1, 900.0, "battery", by="premium",
            variants=2, sites=2, lead_time=2, chips=(("MOSFET", 16),),
            parts=(("CELL", 96), ("HOUSING", 4)), children=(("BMS", 1),), premium=(("CELL", 48),),
        ),
        Family(
            "HARNESS", "wiring harness", "wiring", "all", 1, 160.0, "wiring", by="platform",
            variants=3, parts=(("CABLE", 1), ("CONNECTOR", 40)),
        ),
        Family("SEAT", "seat set", "interior", "all", 1, 820.0, lead_time=2),
        Family("AXLE", "axle", "chassis", "all", 2, 560.0, lead_time=4),
        Family("CLIMATE", "climate unit", "chassis", "all", 1, 340.0, lead_time=3),
        Family("ENGINE", "engine with gearbox", "powertrain", "fuel", 1, 3_300.0, lead_time=4),
        Family("MOTOR", "electric motor", "powertrain", "electric", 1, 980.0, lead_time=4),
    )
}  # fmt: skip
# A board redesigned for another microcontroller: a version that needs a decision.
REDESIGNS = (("ECU-BODY", "MCU-BODY", "MCU-SAFETY", 1.35),)
# Green list: parent family, component, substitute, ratio, extra cost.
SUBSTITUTES = (
    ("ECU-ENGINE", "MCU-DRIVE", "MCU-SAFETY", 1.0, 2.50),
    ("DISPLAY", "MCU-BODY", "MCU-DRIVE", 1.0, 1.20),
    ("BRAKE-UNIT", "MOSFET", "SIC-SWITCH", 0.5, 0.40),
    ("INFOTAINMENT", "DRAM", "FLASH", 2.0, 0.80),
)
