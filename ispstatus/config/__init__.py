"""TOML to validated settings; only ``app`` and ``cli`` import it."""
