"""How long looking takes, and how much memory, whatever the file's length."""
