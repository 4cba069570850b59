"""How words reach a patient's phone."""
