"""Data come in: files become resources of the record, each row accepted, unchanged or refused with a reason."""
