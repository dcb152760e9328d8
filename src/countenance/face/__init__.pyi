from .subject import ClipSubject as ClipSubject
from .subject import PictureSubject as PictureSubject
from .subject import open_plate as open_plate
from .tracker import FaceTracker as FaceTracker
from .tracker import choose_face as choose_face
from .tracker import find_faces as find_faces
from .types import Face as Face
