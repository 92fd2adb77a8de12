"""Depth engines: how far away everything in a picture is."""
