"""Files become resources or refusals here, without a database: reading, splitting and mapping are pure."""
