/*
 * Fuzz target: a form as HTTPHandler posts it, with its arguments put into its message.
 */
#define TARGET FORMAT_form
#include "fuzz_format.h"
