"""HTTP: families, pages and integrations."""
