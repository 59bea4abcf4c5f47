"""What a person does to a ledger between runs: dismiss rows, remove what is old, carry the state elsewhere."""
