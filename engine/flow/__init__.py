"""The workflow kernel: the only importer of SpiffWorkflow; knows no loans."""
