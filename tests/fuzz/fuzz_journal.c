/*
 * Fuzz target: fields of the journal, one entry or several.
 */
#define TARGET FORMAT_journal
#include "fuzz_format.h"
