"""The public-facing web service, a process of its own."""
