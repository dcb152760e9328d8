"""The resolution service: C2PA's Soft Binding Resolution API, and a page on which anyone may ask."""

from countenance.verify.service.app import Service, create_app

__all__ = ["Service", "create_app"]
