"""How well a figure answers, hears and how soon it speaks: `python -m bench.figure`."""
