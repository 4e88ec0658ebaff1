"""What more than one face draws with: the template environment, amounts and dates in words, icons, problem
pages.
"""
