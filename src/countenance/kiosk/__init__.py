"""A visitor in an advert: a few seconds before a camera put into a template's face slot, and then forgotten."""
