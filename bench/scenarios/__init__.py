"""What is measured: one file each, a generator of rows. `full`: as long as a figure needs."""
