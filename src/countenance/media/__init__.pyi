from .frames import Pixels as Pixels
from .frames import VideoInfo as VideoInfo
from .picture import read_picture as read_picture
from .source import Source as Source
from .video import open_video as open_video
