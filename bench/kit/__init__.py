"""What measurements share: the machine and its noise, a scratch place, the data, and the report."""
