"""How well faces are redrawn: self-reenactment against the clip itself, and cross-reenactment of every portrait by every clip."""
