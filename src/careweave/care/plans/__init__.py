"""One plan: goals in the person's words, agreement, what to do if things change, and a copy in every hand."""
