"""How much each task of the one network counts while it learns (requirement B)."""
