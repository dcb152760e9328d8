"""The vendored head, and its layout on a texture."""

from __future__ import annotations

import numpy as np

from countenance.face.topology import BLENDSHAPES
from countenance.head.landmarks import load_landmarks
from countenance.head.layout import head_layout, texels_of
from countenance.head.shapes import vertex_shapes
from countenance.head.template import DATA, load_template, vertex_normals


def test_all_of_arkit_is_there() -> None:
    template = load_template()
    assert len(template.shape_names) == 52
    assert set(BLENDSHAPES) - {"_neutral"} <= set(template.shape_names)
    assert not vertex_shapes()[0].any()
    assert all(np.abs(template.shape(name)).max() > 0.05 for name in template.shape_names)


def test_shapes_move_what_they_are_named_after() -> None:
    marks = load_landmarks()
    jaw = marks.on(load_template().shape("jawOpen"))
    assert jaw[152, 1] > 1.0 > abs(jaw[10, 1])  # the chin goes down, the forehead stays
    smile = marks.on(load_template().shape("mouthSmileLeft"))
    assert smile[291, 0] > 0.3 > abs(smile[61, 0])  # the person's left corner


def test_surfaces_face_outwards() -> None:
    template = load_template()
    normals = vertex_normals(template.vertices, template.triangles)
    nose = load_landmarks().vertices[1][0]
    assert normals[nose, 2] < -0.5


def test_the_layout_is_one_to_one() -> None:
    layout = head_layout()
    assert layout.uv.min() >= 0 and layout.uv.max() <= 1
    side = 512
    texels = texels_of(side, "skin", "neck")
    assert len(np.unique(texels.at)) == len(texels.at)
    assert len(texels.at) > 0.5 * side * side
    a, b, c = (layout.uv[layout.triangles[:, k]] for k in range(3))
    area = (b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0]
    skin = layout.part == load_template().parts.index("skin")
    turned = np.sign(area[skin])
    assert max((turned > 0).mean(), (turned < 0).mean()) > 0.99


def test_data_is_small_and_comes_with_its_licence() -> None:
    assert sum(file.stat().st_size for file in DATA.iterdir()) < 2_000_000
    assert "CC0" in (DATA / "LICENSE.md").read_text()
