"""Films: performances composed, drawn and rendered offline."""
