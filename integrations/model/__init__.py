"""The language model: any OpenAI-compatible service.

`chat_model` asks one question; `body` takes what comes apart, `content` finds the words in it,
`answer` puts them together, and `refusals` tells which of the `errors` it is where it is none.
"""
