"""Investment advice: ratings and stock picks, signed by a registered adviser, followed to the end."""
