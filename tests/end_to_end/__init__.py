"""vigie as an operator runs it, with faults."""
