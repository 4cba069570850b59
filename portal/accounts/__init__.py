"""Who may see whose bills: bound phones, one-time codes, sessions and limits."""
