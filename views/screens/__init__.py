"""The declarations: one short class per kind of record, mounted on the sites that have it."""
