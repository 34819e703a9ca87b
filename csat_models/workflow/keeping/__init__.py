"""What is kept: results under the hash of what made them, and the forms in which they lie there."""
