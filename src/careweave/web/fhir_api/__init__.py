"""FHIR R4 for systems and for whoever is signed in: the record as JSON, through the same gate as the pages."""
