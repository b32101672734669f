"""Pages for those who look after the place as a whole: counts, never names."""
