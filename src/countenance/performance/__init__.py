"""What a face does over time, from any source, for any engine. Knows nothing of how it is drawn."""
