"""The FHIR R4 (4.0.1) definitions the record reads: shapes of types, closed code sets, dates and times."""

from careweave.record.fhir.definitions import Element, Shape, closed_codes, resource_types, shape
from careweave.record.fhir.instants import Interval, interval

__all__ = ["Element", "Interval", "Shape", "closed_codes", "interval", "resource_types", "shape"]
