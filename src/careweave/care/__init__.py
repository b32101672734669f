"""What teams do for a person, from finding them to the plan everyone holds."""
