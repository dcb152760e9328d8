"""`python -m bench.persona.fitting [COUNT] [FILE]`: draw COUNT small portraits and fit the estimate of face templates.

Prints how much of the templates' spread the fit explains on portraits that it has not seen, and writes the table.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from countenance.face.identity import describe
from countenance.face.tracker import find_faces
from countenance.persona.library.estimate import Estimate, features_of
from countenance.persona.portrait import draw_portrait
from countenance.persona.recipe import Recipe

SIDE = 256
RIDGE = 60.0
TABLE = Path("src/countenance/persona/library/estimate.npz")


def main(count: int = 400, table: Path = TABLE) -> int:
    """Draw, fit, print, write."""
    rows, faces = [], []
    for number in range(count):
        recipe = Recipe("Persona", 100_000 + number)
        pixels = draw_portrait(recipe, SIDE)
        found = find_faces(pixels)
        if found:
            rows.append(features_of(recipe))
            faces.append(describe(pixels, found[0]))
    features, vectors = np.stack(rows), np.stack(faces).astype(float)
    cut = len(rows) * 4 // 5
    seen = fitted(features[:cut], vectors[:cut])
    left = vectors[cut:] - seen.of(features[cut:])
    share = 1 - (left**2).sum() / ((vectors[cut:] - vectors[:cut].mean(0)) ** 2).sum()
    true = np.linalg.norm(vectors[cut:, None] - vectors[None, cut:], axis=2)
    told = np.linalg.norm(vectors[cut:, None] - seen.of(features[cut:])[None], axis=2)
    off = ~np.eye(len(true), dtype=bool)
    print(f"{len(rows)} of {count} portraits with a face; spread explained {share:.2f}; "
          f"correlation of distances {np.corrcoef(true[off], told[off])[0, 1]:.2f}")  # fmt: skip
    whole = fitted(features, vectors)
    np.savez_compressed(table, **{key: np.asarray(value, np.float16) for key, value in whole._asdict().items()})
    return 0


def fitted(features: np.ndarray, vectors: np.ndarray) -> Estimate:
    """Ridge regression on standardised features."""
    mean, spread = features.mean(0), np.maximum(features.std(0), 1e-3)
    x = (features - mean) / spread
    base = vectors.mean(0)
    slope = np.linalg.solve(x.T @ x + RIDGE * np.eye(x.shape[1]), x.T @ (vectors - base))
    return Estimate(mean, spread, slope, base)


if __name__ == "__main__":
    sys.exit(main(*(int(value) for value in sys.argv[1:2]), *(Path(value) for value in sys.argv[2:3])))
