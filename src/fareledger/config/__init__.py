"""The outermost room: settings, wiring, the command line and the running of processes. Nothing imports it."""
