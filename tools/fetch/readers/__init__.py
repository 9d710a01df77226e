"""Small readers of files that hold many posts, one module each, and the table that knows them."""
