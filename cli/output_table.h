/* How records can be shown; see output.h. template is what has a { in it. */
OUTPUT(text)
OUTPUT(pretty)
OUTPUT(json)
OUTPUT(logfmt)
OUTPUT(csv)
OUTPUT(template)
