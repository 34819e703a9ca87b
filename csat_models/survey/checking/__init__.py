"""What is wrong with responses, or odd: rules, conditions and remarks."""
