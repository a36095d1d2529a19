"""Who may open what: the access table over every address of the site."""
