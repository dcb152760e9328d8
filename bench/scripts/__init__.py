"""How the look at scripts answers what swindlers say, and what adverts say: `python -m bench.scripts`."""
