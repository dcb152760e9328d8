"""What the rules of the live take see of people on film, and of faces that were drawn."""
