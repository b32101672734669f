"""How resources are found: what is kept beside each one, and what a search asks for."""

from careweave.record.indexing.folding import fold, words
from careweave.record.indexing.hashing import token
from careweave.record.indexing.index import Indexed, index
from careweave.record.indexing.parameters import PARAMETERS, Parameter, parameters_of

__all__ = ["PARAMETERS", "Indexed", "Parameter", "fold", "index", "parameters_of", "token", "words"]
