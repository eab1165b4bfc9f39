"""The frame all screens stand in. No word of the business belongs here."""
