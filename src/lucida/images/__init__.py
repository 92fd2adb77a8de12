"""The images studio: a sentence becomes a picture, kept with its history."""
