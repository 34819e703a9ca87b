"""Simulated surveys and populations whose truth is known."""
