"""SPF (RFC 7208): macros, records, and their evaluation over a DNS that is handed in."""
