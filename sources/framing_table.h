/* The ways of cutting a connection into messages, in the order in which they are asked
 * about its first bytes. See framing.h. */
FRAMING(attach)
FRAMING(foreign)
FRAMING(pickle)
FRAMING(http)
FRAMING(octets)
FRAMING(syslog)
FRAMING(json)
FRAMING(sequence)
FRAMING(export)
FRAMING(noise)
