"""What the studio answers, one module for each kind of thing. Parses, calls, says."""
