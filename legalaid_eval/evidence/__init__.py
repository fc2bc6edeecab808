"""Published figures: read them, check them, say what they can carry."""
