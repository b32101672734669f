"""What people and staff say, counted: response, scores, statements and gaps, with small numbers hidden."""
