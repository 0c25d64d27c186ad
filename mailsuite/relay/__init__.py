"""The outbound queue: what is for elsewhere."""
