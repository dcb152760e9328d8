"""Live: is the mark read from what streams' encoders make, how does the mouth follow, what does a frame cost."""
