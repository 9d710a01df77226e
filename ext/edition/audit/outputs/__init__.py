"""The summary in the forms that other programs read: JSON, CSV, Markdown, SARIF, badge."""
