"""What must not leave a study: small cells, personal data, formulas."""
