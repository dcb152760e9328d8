"""A finished head as files for other people's engines: glTF 2.0 binary, and VRM 1.0 over it. Bytes out, no files."""

from countenance.head.export.scene import head_glb
from countenance.head.export.vrm import HeadTerms

__all__ = ["HeadTerms", "head_glb"]
