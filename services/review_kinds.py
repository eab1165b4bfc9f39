"""Every kind of record that is reviewed. Importing this module declares them."""
