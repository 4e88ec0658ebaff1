"""What the demo shows: three operators and the money of some two hundred bookings, dated around today.

Everything is made by a seeded generator through the same use cases as in real life: a simulated past of about nine
months, day by day, with the sandbox acquirer as the real peer for every card.
"""
