"""From recorded speech to phones and their times: listening, as the voices are speaking. Knows nothing of faces."""
