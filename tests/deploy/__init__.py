"""Settings, command line, embedded services and the demonstration."""
