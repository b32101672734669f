"""Pages for the professionals of a place."""
