"""People who ask for help themselves: screened, called by any of the team, seen when needed, with a choice of hospital."""
