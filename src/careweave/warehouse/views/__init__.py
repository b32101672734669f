"""Flat views of the record as a place defines them (SQL on FHIR v2): pseudonymised rows, through the gate."""
