"""Diffusion models: what they are loaded from, how they are sampled, and how a mask is kept."""
