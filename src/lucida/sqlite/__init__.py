"""SQLite for Django, whose settings name this package."""
