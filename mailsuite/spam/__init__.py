"""Whether a message is wanted: facts in, one score and its reasons out.

Pure: no twisted, no store. `words` reads a message, `bayes` counts for one account, `seed` knows
what mail is like before anybody has said anything, `score` makes one number of all that.
"""
