"""Console pages of the desk."""
