"""Screening: what is odd about single rows, interviewers and modes."""
