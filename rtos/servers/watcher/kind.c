/* See kind.h. */
#include "kind.h"

const struct kind *kind_of(const struct watchfacts *facts)
{
	return facts->kind == WATCHFACTS_LINUX ? &kind_linux : &kind_program;
}
