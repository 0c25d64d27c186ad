"""The SMTP client: how queued mail leaves."""
