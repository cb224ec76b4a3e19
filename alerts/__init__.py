"""From live state to a person: nothing yet; its conditions will stand on ticketing's live figures."""
