/*
 * pickle_fields: the fields of a record that came as a pickle; see format_pickle.
 */
#ifndef FORMATS_PICKLE_FIELDS_H
#define FORMATS_PICKLE_FIELDS_H

#include "core/fields.h"

/* Fills F, whose scratch holds the values while they are read, too. */
void pickle_fields(const struct record *r, struct fields *f);

#endif
