"""A glTF document's tree of nodes, in world space; and normals where a file has none. Opens no files."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from countenance.errors import BadDocument

MOST_DEPTH = 48


def objects(document: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    """A document's list of objects of a kind; empty where it has none. Raises ValueError."""
    every = document.get(kind, [])
    if not isinstance(every, list) or not all(isinstance(one, dict) for one in every):
        raise ValueError(f"its {kind} are no list of objects")
    return every


def placed_nodes(document: dict[str, Any], name: str) -> Iterator[tuple[dict[str, Any], NDArray[np.float64]]]:
    """All nodes of the scene with their world matrices; each node once at most."""
    nodes = objects(document, "nodes")
    scenes = objects(document, "scenes")
    roots = scenes[document.get("scene", 0)].get("nodes", []) if scenes else list(range(len(nodes)))
    seen: set[int] = set()
    waiting = [(int(root), np.eye(4), 0) for root in roots]
    while waiting:
        number, above, depth = waiting.pop()
        if not 0 <= number < len(nodes):
            raise ValueError("it names a node that is not there")
        if number in seen or depth > MOST_DEPTH:
            raise BadDocument(
                f"{name}'s nodes contain each other in a circle.", "Export it again.", code="tryon.glb_cycle"
            )
        seen.add(number)
        matrix = above @ _matrix(nodes[number])
        yield nodes[number], matrix
        waiting += [(int(child), matrix, depth + 1) for child in nodes[number].get("children", [])]


def _matrix(node: dict[str, Any]) -> NDArray[np.float64]:
    if "matrix" in node:
        matrix = np.array(node["matrix"], np.float64).reshape(4, 4).T
    else:
        x, y, z, w = (float(v) for v in node.get("rotation", (0, 0, 0, 1)))
        turn = np.array([
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ])  # fmt: skip
        matrix = np.eye(4)
        matrix[:3, :3] = turn * np.array([float(v) for v in node.get("scale", (1, 1, 1))])
        matrix[:3, 3] = [float(v) for v in node.get("translation", (0, 0, 0))]
    if not np.isfinite(matrix).all():
        raise ValueError("a node stands nowhere")
    return matrix


def smooth_normals(points: NDArray[np.floating], triangles: NDArray[np.int32]) -> NDArray[np.float64]:
    """(N, 3) unit normals at vertices, by the areas of the triangles round them."""
    a, b, c = (points[triangles[:, k]].astype(np.float64) for k in range(3))
    facets = np.cross(b - a, c - a)
    total = np.zeros((len(points), 3))
    for k in range(3):
        np.add.at(total, triangles[:, k], facets)
    return np.asarray(total / (np.linalg.norm(total, axis=1, keepdims=True) + 1e-12))
