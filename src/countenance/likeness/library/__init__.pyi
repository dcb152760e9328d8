from .creation import refuse_useless as refuse_useless
from .likeness_store import WornSubject as WornSubject
