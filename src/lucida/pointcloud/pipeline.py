"""A sentence or a picture becomes a point cloud."""
