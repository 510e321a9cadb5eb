"""Documents to hand on, as PDF: rooms give blocks of content, the layout is the house's."""
