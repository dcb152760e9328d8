"""Find, track and describe faces. Knows nothing of where pictures come from or what is drawn."""

from countenance.face.tracker import FaceTracker, choose_face, find_faces
from countenance.face.types import Face

__all__ = ["Face", "FaceTracker", "choose_face", "find_faces"]
