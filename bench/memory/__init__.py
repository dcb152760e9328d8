"""Whether memory grows with a video's length."""
