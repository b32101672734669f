"""What may be said of a group: rounded, never small, and never told apart from another by a few people.

Counting (`asking`) has a process of its own: `python -m careweave.measures.cohorts`. What is here only reads.
"""

from careweave.measures.cohorts.counting import count_group
from careweave.measures.cohorts.remembering import Answer, Cell, answer, answers, name_group, saved

__all__ = ["Answer", "Cell", "answer", "answers", "count_group", "name_group", "saved"]
