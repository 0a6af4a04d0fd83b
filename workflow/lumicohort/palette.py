"""The colours of arms: what the config deals out and figures draw."""

REFERENCE_COLOUR = "#4D4D4D"
# Okabe and Ito's colours as Wong (Nature Methods 8:441, 2011) gives them, blue first; the bluish
# green stands last so that it meets vermilion only in studies of seven arms. Yellow is too faint
# for lines on white and is left out.
PALETTE = ("#0072B2", "#E69F00", "#56B4E9", "#CC79A7", "#D55E00", "#009E73")
