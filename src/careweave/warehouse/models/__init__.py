"""Models trained on the place's own past: what they look at, how they learn, and how they are kept as plain data."""

from careweave.warehouse.models.definition import Model, Outcome, load_model, read_model

__all__ = ["Model", "Outcome", "load_model", "read_model"]
