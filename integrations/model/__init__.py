"""The language model: any OpenAI-compatible service.

`chat_model` asks one question; `body` takes what comes apart, `answer` finds the words in it, and
`refusals` tells which of the `errors` it is where it is no answer.
"""
