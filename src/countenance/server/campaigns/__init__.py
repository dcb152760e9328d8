"""Campaigns on the studio: one advert in many versions, versions for single people; each is a job of its own."""
