"""3D Gaussians on any computer: scenes, a differentiable rasteriser for CPUs, training, files and meshes.

Usable alone: arrays in, arrays out. Nothing here needs a GPU, torch or the rest of Lucida but its arrays and cameras.
"""
