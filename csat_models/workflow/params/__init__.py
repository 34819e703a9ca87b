"""What a params file may say, and reading it."""
