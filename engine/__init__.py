"""The domain of debt collection and the workflow kernel; knows no web framework and no job queue."""
