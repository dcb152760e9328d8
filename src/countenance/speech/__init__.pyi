from .script import Cue as Cue
from .script import captions as captions
from .script import read_script as read_script
from .voice import choose_voice as choose_voice
from .voice import load_voice as load_voice
from .voice import own_voice as own_voice
from .voice import speaks as speaks
