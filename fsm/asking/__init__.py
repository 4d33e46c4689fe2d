"""The model: which of the chain is asked, with which key, and what comes of it.

`Asking` takes an `Ask`, which is what the model is given, and makes a `Question` of it. The `Chain`
says which model is next, by who `Rests`. A `Race` puts the question to it, and beside it or in its
place to others: each is a `Runner`, which has one of the `Places`. A model has `Attempts`, a `Call`
with one of its `Keys` each.
"""
