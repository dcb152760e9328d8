"""Model files: which there are, where they come from, and a promise that none is loaded whose SHA-256 is wrong."""

from countenance.models.catalogue import CATALOGUE, ModelFile
from countenance.models.model_store import fetch, model_path, model_state

__all__ = ["CATALOGUE", "ModelFile", "fetch", "model_path", "model_state"]
