"""Pure functions that shape what the record says into what a page shows, without HTML."""
