"""Console pages of outreach, one file a subject."""
