"""What operators are: orthogonal, free of checkerboards, derived, explained."""
