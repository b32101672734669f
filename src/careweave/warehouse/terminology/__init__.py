"""A place's licensed SNOMED CT release (RF2), loaded on its own machine; nothing of it is shipped."""
