"""An inaudible mark for sound: 64 bits that survive codecs, cuts, resampling and changes of speed.

Usable on any sound, apart from the rest: `AudioMark(payload, sample_rate, channels)` embeds as a stream,
`detect(samples, sample_rate)` finds the payload in any few seconds. The specification is docs/audiomark.md.
"""

from countenance.marks.audiomark.detection import AudioDetection, detect
from countenance.marks.audiomark.embedding import AudioMark
from countenance.marks.audiomark.lattice import PUBLIC_KEY

__all__ = ["PUBLIC_KEY", "AudioDetection", "AudioMark", "detect"]
