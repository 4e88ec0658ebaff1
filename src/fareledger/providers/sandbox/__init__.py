"""The sandbox acquirer as a payment provider: an ordinary one, reached over HTTP like any other."""
