"""What `python -m store.inspect` is made of.

`store.opening` opens a database, to look or to make one change; a function of `views` reads it
into frozen data; a page (`attention_page`, `pages`, `stories`) puts that into words; `output` and
`terminal` write the page. `arguments` is the command line, `times` how times are written and read.
"""
