"""Where face states go."""
