/*
 * pickle_value: going over what pickle_read has read.
 */
#include "formats/pickle_read.h"

static bool has_node(struct pickle_value v)
{
	return v.kind >= PICKLE_LIST && v.kind <= PICKLE_OBJECT;
}

void pickle_begin(struct pickle_iter *it, const struct pickle *p, struct pickle_value v)
{
	*it = (struct pickle_iter){
		.p = p, .run = has_node(v) ? p->nodes[v.node].first : 0};
}

bool pickle_next(struct pickle_iter *it, struct pickle_value *v)
{
	const struct pickle_run *run;

	if (it->run == 0)
		return false;
	run = &it->p->runs[it->run - 1];
	*v = it->p->items[run->start + it->at++];
	if (it->at == run->count) {
		it->run = run->next;
		it->at = 0;
	}
	return true;
}

bool pickle_pair(
	struct pickle_iter *it, struct pickle_value *key, struct pickle_value *value)
{
	return pickle_next(it, key) && pickle_next(it, value);
}

size_t pickle_count(const struct pickle *p, struct pickle_value v)
{
	return has_node(v) ? p->nodes[v.node].count : 0;
}

struct pickle_value pickle_item(const struct pickle *p, struct pickle_value v, size_t i)
{
	struct pickle_iter it;
	struct pickle_value item;

	for (pickle_begin(&it, p, v); pickle_next(&it, &item); i--) {
		if (i == 0)
			return item;
	}
	return (struct pickle_value){0};
}

struct pickle_value pickle_part(
	const struct pickle *p, struct pickle_value v, enum pickle_part part)
{
	if (v.kind != PICKLE_OBJECT)
		return (struct pickle_value){0};
	return p->items[p->nodes[v.node].parts + part];
}

struct pickle_value pickle_get(
	const struct pickle *p, struct pickle_value dict, const char *key)
{
	struct str name = str_from(key);
	struct pickle_value k, v, found = {0};
	struct pickle_iter it;

	if (dict.kind != PICKLE_DICT)
		return found;
	for (pickle_begin(&it, p, dict); pickle_pair(&it, &k, &v);) {
		if (k.kind == PICKLE_STR && str_eq(pickle_raw(k), name))
			found = v;
	}
	return found;
}
