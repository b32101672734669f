"""How resources are found: what is kept beside each one, what a search asks for, and whether it fits.

>>> query = parse_search("Patient", [("name", "Jose")])
>>> matches(query, {"resourceType": "Patient", "name": [{"family": "Núñez", "given": ["José"]}]})
True
"""

from careweave.record.indexing.folding import fold, words
from careweave.record.indexing.hashing import token
from careweave.record.indexing.index import Indexed, index
from careweave.record.indexing.matching import matches
from careweave.record.indexing.parameters import PARAMETERS, Parameter, parameters_of
from careweave.record.indexing.query import (
    CONDITIONS,
    Changed,
    Clause,
    During,
    Exactly,
    Ids,
    Missing,
    Query,
    SearchProblem,
    Sort,
    Text,
)
from careweave.record.indexing.search import parse_search, sort_keys

__all__ = [
    "CONDITIONS",
    "PARAMETERS",
    "Changed",
    "Clause",
    "During",
    "Exactly",
    "Ids",
    "Indexed",
    "Missing",
    "Parameter",
    "Query",
    "SearchProblem",
    "Sort",
    "Text",
    "fold",
    "index",
    "matches",
    "parameters_of",
    "parse_search",
    "sort_keys",
    "token",
    "words",
]
