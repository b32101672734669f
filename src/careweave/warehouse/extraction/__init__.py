"""FHIR resources as rows: what the warehouse takes from each, and nothing that names anyone."""
