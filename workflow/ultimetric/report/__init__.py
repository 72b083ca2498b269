"""The report: one HTML page that holds its figures, tables and style."""
