"""How Sphinx makes a site of these pages: ``make site``. Nothing is fetched from elsewhere when the site is read."""

project = "Majani"
html_title = "Majani"
html_favicon = "../serving/static/leaf.svg"
html_theme = "furo"
html_show_sphinx = False
extensions = ["myst_parser"]
# Headings are linked to by what they say.
myst_heading_anchors = 3
# Their headings begin at the level at which they are included.
suppress_warnings = ["myst.header"]
