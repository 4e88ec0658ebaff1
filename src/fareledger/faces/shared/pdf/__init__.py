"""Documents as PDF, typeset by typst from facts that were frozen before."""
