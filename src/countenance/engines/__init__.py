"""Engines draw; which one is a choice. The registry reads the entry points `countenance.engines`."""

from countenance.engines.protocol import DrawOptions, Engine, MouthChoice, Portrait, Rig
from countenance.engines.registry import engine_names, load_engine

__all__ = ["DrawOptions", "Engine", "MouthChoice", "Portrait", "Rig", "engine_names", "load_engine"]
