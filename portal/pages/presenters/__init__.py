"""Ready values and words for the pages: templates only lay them out."""
