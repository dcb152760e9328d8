"""Faces and films exchanged in a render, and honest copies of it: `python -m bench.exchanged FOLDER`."""
