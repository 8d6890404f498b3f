/* See rtos/heir.h. */
#include <kumiki/rtos/program.h>
#include <rtos/heir.h>
#include <rtos/sys.h>

static void *heir_area(enum rtos_given_kind kind, uint32_t size)
{
	const struct rtos_given *given = sys_given(kind, NULL, 0);

	if (given && given->size >= keep_area(size))
		return (void *)given->address;
	sys_exit(HEIR_NO_MEMORY);
}

/* Reads the boot image's record only if this version hasn't written its own yet. */
static enum keep_found heir_convert(struct heir *heir, void *state)
{
	const struct heir_of *of = heir->of;
	const enum keep_found own = keep_open(&heir->keep, heir_area(RTOS_GIVEN_HEIR, of->size),
	                                      state, of->size, of->version);
	const enum keep_found before =
	    keep_open(&heir->before, heir_area(RTOS_GIVEN_KEEP, of->old_size), of->old,
	              of->old_size, of->old_version);

	heir->writes_both = true;
	if (own == KEEP_FOUND)
		return own;
	if (before == KEEP_DAMAGED)
		sys_exit(HEIR_NO_RECORD);
	if (before == KEEP_FOUND)
		of->convert(of->old, state);
	return before;
}

enum keep_found heir_begin(struct heir *heir, const struct heir_of *of, void *state)
{
	const bool is_heir = sys_given(RTOS_GIVEN_HEIR, NULL, 0) != NULL;
	enum keep_found found;

	*heir = (struct heir){.of = of};
	if (is_heir && of->convert)
		found = heir_convert(heir, state);
	else
		found = keep_open(&heir->keep, heir_area(RTOS_GIVEN_KEEP, of->size), state,
		                  of->size, of->version);
	if (is_heir && !of->convert && found == KEEP_DAMAGED)
		sys_exit(HEIR_NO_RECORD);
	if (is_heir && of->probe && !of->probe(state))
		sys_exit(HEIR_NO_PROBE);
	if (heir->writes_both)
		keep_write(&heir->keep, state);
	sys_well();
	return found;
}

/* Writes the boot image's record first. After a crash between the two writes, this version finds
 * its own record without the change. The boot image's version finds its record with the change, and
 * with its journal. So either version answers the call, which comes again, and the change is made
 * once. */
void heir_write(struct heir *heir, const void *state)
{
	if (heir->writes_both) {
		heir->of->back(state, heir->of->old);
		keep_write(&heir->before, heir->of->old);
	}
	keep_write(&heir->keep, state);
}
