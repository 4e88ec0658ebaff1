"""The whole house in Chromium; a package, so that its demo ends before other tests begin."""
