"""Shape and format of input. A form that passes proves format only; it never asks the database."""
