"""What the thresholds of gathering rest on."""
