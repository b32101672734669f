"""Printed sheets: tagged PDF through Typst."""
