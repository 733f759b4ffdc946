"""The words of the domain: frozen dataclasses, enums and errors. Standard library only, no I/O."""
