"""How the look for nudity answers pictures without it, and renders of a bare body: `python -m bench.nudity`."""
