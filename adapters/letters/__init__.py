"""Letters as mails: what each template needs, how it is rendered, and the message that is made of it.

A new template is a line in `declared.py` and a file for each language: `templates/<context>/<name>.<language>.html`.
"""
