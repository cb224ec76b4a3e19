"""What stands on PostgreSQL, and its fake in memory."""
