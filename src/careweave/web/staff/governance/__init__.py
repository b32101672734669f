"""Pages of the governance lead, and the way in for an emergency."""
