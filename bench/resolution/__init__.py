"""Renders of three installations, each looked up from the two others and from a stranger's."""
