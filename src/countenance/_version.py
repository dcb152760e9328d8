"""The version, here alone: the wheel's metadata, the manifests and `countenance --version` all read it."""

__version__ = "0.1.0"
