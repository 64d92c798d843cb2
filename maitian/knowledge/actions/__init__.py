"""Every write of the knowledge base: versions, reviews, uses, answers of readers, gaps."""
