"""Scenes from words: a small renderer of land, sky, water, trees, houses and rooms."""
