"""What people look at: live table, pictures, evaluation, report page, demo."""
