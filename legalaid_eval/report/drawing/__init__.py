"""One drawing for each kind of figure, and the paper, type and marks they share."""
