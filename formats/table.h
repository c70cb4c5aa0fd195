/* The formats in the order in which they are tried; see format.h. raw is last. */
FORMAT(loguru)
FORMAT(loguru_json)
FORMAT(json)
FORMAT(stdlib)
FORMAT(basicconfig)
FORMAT(iso)
FORMAT(logfmt)
FORMAT(raw)
