"""From the columns of files to validated responses."""
