"""mien: facial-expression values from the cameras of a headset, on the device."""
