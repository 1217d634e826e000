"""The source files: what is true, as careless systems export it."""
