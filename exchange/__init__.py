"""A bill in the formats of the outside world: XML, FHIR, CSV, PDF. Pure; needs no node."""
