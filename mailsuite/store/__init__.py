"""What the house keeps: schema, transactions, blobs, change bus."""
