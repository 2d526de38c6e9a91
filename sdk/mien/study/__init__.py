"""Measurements of how good mien is: one command per study, its tables as JSON and Markdown."""
