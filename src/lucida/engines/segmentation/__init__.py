"""Segmentation engines: what is where in a picture."""
