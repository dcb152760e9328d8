"""How well faces are redrawn: self-reenactment, and every portrait by every clip."""
