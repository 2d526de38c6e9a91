"""Rendered sessions with exact truth: a head, a rig, a motion, a renderer."""
