"""What can be asked about tenants and how they work."""
