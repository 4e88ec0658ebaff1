"""What fareledger does, one verb a module. Only use cases open database transactions and call providers.

A use case locks and loads rows, builds frozen values, asks a pure rule of the domain, and saves the decision. A
provider is called between two transactions, never inside one.
"""
