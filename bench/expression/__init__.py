"""How well blendshapes alone, through the authored basis, say what a face does: a recording without landmarks."""
