"""HTTP only: a view asks (`may`), calls one service function, shows the message."""
