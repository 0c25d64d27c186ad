"""Schema versions: forward only, each step one transaction."""
