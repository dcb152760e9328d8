"""Consent by phone: a link, a page in the person's language, a live check, and a signature by a key of their own."""
