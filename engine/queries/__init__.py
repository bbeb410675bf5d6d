"""What pages ask of the database: read-only, scoped to what the person may see, few statements whatever the size."""
