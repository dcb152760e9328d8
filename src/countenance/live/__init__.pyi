from .app import Wish as Wish
from .app import bounded_live as bounded_live
from .app import create_app as create_app
from .capacity import Limits as Limits
from .desk import LiveDesk as LiveDesk
from .plan import SessionPlan as SessionPlan
