"""Show figures in the documents and in the HTML report."""
