"""One photo or one sentence becomes light, depth, pictures and 3D, on your own machine."""

__version__ = "0.1.0"
