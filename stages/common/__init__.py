"""What stages share. Each file is small, because a stage declares every file that it imports."""
