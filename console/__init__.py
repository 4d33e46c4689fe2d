"""What `python -m store.inspect`, `backup`, `check` and `move` are made of.

`store.opening` opens a database, to look or to make one change; a function of `views` reads it
into frozen data; a function of `pages` puts that into `words`; `output` and `terminal` write the
page. `arguments` and `commands` are inspect's command line, `operator_changes` what it changes.
"""
