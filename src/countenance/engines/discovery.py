"""Finding engines by name among the installed entry points."""

from __future__ import annotations

from importlib.metadata import EntryPoint, entry_points

from countenance.engines.protocol import Engine, PlateEngine
from countenance.errors import EngineUnknown

GROUP = "countenance.engines"


def _installed() -> dict[str, EntryPoint]:
    return {point.name: point for point in entry_points(group=GROUP)}


def engine_names() -> list[str]:
    """Names of the engines installed, sorted."""
    return sorted(_installed())


def load_engine(name: str) -> Engine:
    """The engine of this name.

    Raises:
        EngineUnknown: none is installed, or what is installed is not an engine.
    """
    points = _installed()
    if name not in points:
        raise EngineUnknown(
            f"There is no engine called {name!r}; installed are: {', '.join(sorted(points)) or 'none'}."
        )
    try:
        engine = points[name].load()()
    except (ImportError, AttributeError, TypeError) as error:
        raise EngineUnknown(f"The engine {name!r} could not be loaded: {error}.") from error
    if not isinstance(engine, Engine):
        raise EngineUnknown(f"The entry point {name!r} is not an engine: it lacks name, version or prepare().")
    return engine


def load_plate_engine(name: str) -> PlateEngine:
    """The engine of this name, for redrawing people in plates.

    Raises:
        EngineUnknown: as `load_engine`, or it draws portraits alone.
    """
    engine = load_engine(name)
    if not isinstance(engine, PlateEngine):
        raise EngineUnknown(
            f"The engine {name!r} draws portraits and cannot redraw people in clips.",
            "Use another one for dubs and swaps: COUNTENANCE_ENGINE=mesh.",
        )
    return engine
