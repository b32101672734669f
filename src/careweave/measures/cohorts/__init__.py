"""What may be said of a group: rounded, never small, and never told apart from another by a few people."""

from careweave.measures.cohorts.asking import Asked, ask, rule_of
from careweave.measures.cohorts.remembering import Answer, Cell, answer, answers, name_group, saved

__all__ = ["Answer", "Asked", "Cell", "answer", "answers", "ask", "name_group", "rule_of", "saved"]
