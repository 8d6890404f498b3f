/*
 * The tables of a bundle that bundle_verify() has found good. Used by the frame and by the host
 * command; nothing here repeats the checks of lib/bundle.c.
 */
#include <lib/bundle.h>

uint32_t bundle_function_owner(const struct bundle_header *bundle, uint32_t function)
{
	uint32_t owner = 0;

	while (function - bundle_partitions(bundle)[owner].functions.first >=
	       bundle_partitions(bundle)[owner].functions.count)
		owner++;
	return owner;
}
