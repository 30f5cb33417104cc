"""What one layer costs on one sub-accelerator."""
