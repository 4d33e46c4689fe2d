"""What is saved: one module owns connections and transactions, SQL stands beside its function."""
