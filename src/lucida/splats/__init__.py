"""Scenes of 3D Gaussians: shown, turned and saved."""
