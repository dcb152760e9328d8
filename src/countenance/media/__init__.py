"""Plates in: pictures, video frames, sound and exact time. Opens files for reading only."""
