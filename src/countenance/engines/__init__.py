"""Engines draw; which one is a choice. The registry reads the entry points `countenance.engines`."""

from countenance.engines.discovery import engine_names, load_engine, load_plate_engine
from countenance.engines.protocol import (
    Area,
    DrawOptions,
    Engine,
    MouthChoice,
    Plate,
    PlateEngine,
    PlateOptions,
    PlateRig,
    Portrait,
    Rig,
)

__all__ = [
    "Area",
    "DrawOptions",
    "Engine",
    "MouthChoice",
    "Plate",
    "PlateEngine",
    "PlateOptions",
    "PlateRig",
    "Portrait",
    "Rig",
    "engine_names",
    "load_engine",
    "load_plate_engine",
]
