from .goods import Goods as Goods
from .goods import open_goods as open_goods
from .look import Cosmetic as Cosmetic
from .look import Eyewear as Eyewear
from .look import Look as Look
from .look import read_look as read_look
from .recipe import TryOn as TryOn
from .recipe import TryOnOptions as TryOnOptions
