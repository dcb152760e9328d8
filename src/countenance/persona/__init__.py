"""A presenter who is nobody: a recipe from which a declared computer-generated character is to be drawn."""
