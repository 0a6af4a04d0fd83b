"""Tables 1 and 2, and how numbers are printed."""
