"""What the manuals say, in plain Python: neither Flask nor SQLAlchemy is imported here."""
