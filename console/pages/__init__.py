"""What an operator reads: from what a view found to a page of tables and sentences."""
