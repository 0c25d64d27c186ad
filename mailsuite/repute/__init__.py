"""Who comes to the door: limits over time, DNS lists, greylisting, and what is told of it."""
