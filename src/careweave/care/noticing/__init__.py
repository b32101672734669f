"""Notices what falls between those who care for a person, and tells the ones who can put it right."""
