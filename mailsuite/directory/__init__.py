"""People: domains, accounts, addresses, passwords, SASL, throttling."""
