"""What hosts the work: the process boundary between the screen or the commands and the kernels."""
