"""The training side, never on the headset: labels, samples, network, fit, export."""
