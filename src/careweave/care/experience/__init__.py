"""How people found their care: surveys that events send, answers in the record, and who does not see them."""
