"""From MQTT to the journal: nothing acknowledged is ever lost."""
