"""Everything that varies between places and years, as dated, cited and checked data files."""

from careweave.definitions.loading import (
    Definition,
    DefinitionError,
    all_definitions,
    definition_problems,
    forget_definitions,
    kinds_of_definition,
    load_definition,
    overdue_reviews,
)

__all__ = [
    "Definition",
    "DefinitionError",
    "all_definitions",
    "definition_problems",
    "forget_definitions",
    "kinds_of_definition",
    "load_definition",
    "overdue_reviews",
]
