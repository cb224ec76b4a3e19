"""The production broker: Mosquitto's configuration, and who may connect to it. Files only; nothing is run."""
