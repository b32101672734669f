"""Pages for the person, their carers and volunteers."""
