"""What the site shows that is made from the code."""
