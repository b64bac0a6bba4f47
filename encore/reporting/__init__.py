"""What we did, so that it can be trusted and undone: documents in; a report, comparisons and a health check out."""
