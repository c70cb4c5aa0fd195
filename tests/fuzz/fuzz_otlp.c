/*
 * Fuzz target: a body of OTLP in JSON, taken apart.
 */
#define TARGET FORMAT_otlp
#include "fuzz_format.h"
