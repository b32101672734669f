"""Careweave: integrated health and social care, person by person."""
