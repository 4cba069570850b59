"""Medical records as a patient's page has them: opened, read, in order."""
