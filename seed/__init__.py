"""Demo data: the people of the manuals' screens (contract.md, Demo data)."""
