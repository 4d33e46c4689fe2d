"""What the operator looks at: from a connection that only reads to frozen data.

Times are seconds since 1970, lengths are characters. Followers' words are left out unless
`texts` asks for them. No view walks all of `messages`, `moves` or `tries`.
"""
