"""From the warehouse's lists to people: suggestions with reasons, which a team answers; nothing happens by itself."""
