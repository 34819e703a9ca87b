"""The validity chapter as a table: criteria, their thresholds, and their rows."""
