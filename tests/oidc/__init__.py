"""A real provider of identities, made by others: signing in with it, as people do with ProConnect."""
