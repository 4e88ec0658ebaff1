"""What our pages promise in figures, measured in a browser: `make numbers`.

Each module measures one kind of thing; `targets.py` says what we want, `report.py` writes down whether it holds. The
scenes are those of tests/browser/scenes, so that a page that is photographed is measured as well. Not here: what a
page says.
"""
