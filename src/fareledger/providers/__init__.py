"""Payment providers behind one contract; each provider's quirks stay in its own folder."""
