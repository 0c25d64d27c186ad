"""Who comes to the door."""
