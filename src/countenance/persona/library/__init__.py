"""Personas as folders: made, opened and changed. Others use `making`, `folder` and `comparison` by their names."""
