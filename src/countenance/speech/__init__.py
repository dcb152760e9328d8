"""Speech: text becomes a voice with known phone times, and phone times become a Performance. Knows no engines."""
