"""From a message to the journal's door."""
