"""Case conferences: who is discussed and why, with whom, what was decided by whom, and what became of it."""
