"""Training a refiner: one person's granted clips become a small network over the drawing of their likeness.

`examples` makes arrays of clips, `loop` trains on arrays alone (it needs torch), `export` writes ONNX.
"""
