"""Countenance: bring a face to life, with permission that can be checked and marks that stay.

    from countenance import Studio, public_domain

    right = public_domain("Mona Lisa, Leonardo da Vinci, c. 1503")
    Studio().animate("portrait.jpg", "driving.mp4", "out.mp4", permission=right)

What is named here is the public face; it is loaded when first used.
"""

import os

import lazy_loader

# onnxruntime tells its maker what it does unless this is said before anything imports it: see `models.inference`.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
