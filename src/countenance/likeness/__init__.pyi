from .gathering import gather as gather
from .gathering import made_from as made_from
from .value import Likeness as Likeness
from .value import LikenessView as LikenessView
from .value import View as View
