"""What goes over the wire between a probe and its reflector, both directions. Bytes in, values out; no I/O."""
