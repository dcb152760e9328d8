"""`countenance figure serve`: a figure at a kiosk, in a browser. Parses, calls."""


def serve() -> None:
    """x"""
