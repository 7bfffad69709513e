"""An example of each layout, under the layout's name.

``FILES`` holds path to content of a miniature dataset as its owners describe it; a file without
content is made by its suffix. At least one real and one fake are among them.
"""
