"""Others' marks and notes: made, harmed, read; and false alarms."""
