from .lettering import font as font
from .render_registry import Registry as Registry
from .render_spec import Corner as Corner
from .render_spec import LabelChoice as LabelChoice
from .render_spec import Making as Making
