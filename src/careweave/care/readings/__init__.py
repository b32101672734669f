"""What people measure at home themselves: kept as their own readings, never as anyone else's facts."""
