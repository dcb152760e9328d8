"""What FFmpeg's own program reads of odd clips, and what we read."""
