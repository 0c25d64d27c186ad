"""What happens to a message between DATA and the mailbox or the queue."""
