"""Signs of redrawn faces: ROC of each, on our engines' outputs and untouched clips."""
