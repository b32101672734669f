"""What is measured and how: pure formulas over numbers, without names, database or Django."""
