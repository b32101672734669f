"""Pathways: one engine, and for each condition and place a definition that says what it asks and who is responsible."""
