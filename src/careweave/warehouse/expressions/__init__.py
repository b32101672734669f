"""Each calculation once, as an Ibis expression that runs on DuckDB (and on other engines unchanged)."""
