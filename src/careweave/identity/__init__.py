"""Who everyone is: people and their joined records, organisations, teams, staff and accounts."""
