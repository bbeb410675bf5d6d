"""Schema changes, one file each, run by `engine.schema`."""
