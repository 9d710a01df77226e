"""Import posts that another tool left as Markdown: repair what it damaged, and tell the layers apart."""
