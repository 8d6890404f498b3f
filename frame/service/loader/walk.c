/* The guest's addresses for the loader; see service/examine.h. The walk itself is
 * lib/guestwalk.c's. */
#include <lib/guestwalk.h>
#include <service/examine.h>

/* No more ranges than there is room for, whatever the page says. */
static struct guestwalk memory_of(const struct loader_info *info)
{
	return (struct guestwalk){.range = info->range,
	                          .ranges = info->ranges < LOADER_RANGES_MAX ? info->ranges
	                                                                     : LOADER_RANGES_MAX};
}

static struct guestwalk view_of(const struct walk *walk)
{
	struct guestwalk view = memory_of(walk->info);

	view.ttbr0 = walk->report->ttbr0;
	view.ttbr1 = walk->report->ttbr1;
	view.tcr = walk->report->tcr;
	view.sctlr = walk->report->sctlr;
	return view;
}

bool walk_memory(const struct loader_info *info, uint64_t ipa, uint64_t *at)
{
	const struct guestwalk memory = memory_of(info);

	return guestwalk_memory(&memory, ipa, at);
}

bool walk_owns(const struct loader_info *info, uint64_t at)
{
	for (uint32_t i = 0; i < info->ranges && i < LOADER_RANGES_MAX; i++)
		if (at - info->range[i].base < info->range[i].size)
			return true;
	return false;
}

bool walk_translate(const struct walk *walk, uint64_t va, uint64_t *at)
{
	const struct guestwalk view = view_of(walk);

	return guestwalk_translate(&view, va, at);
}

bool walk_record(const struct walk *walk, uint64_t va, uint64_t record[2])
{
	const struct guestwalk view = view_of(walk);

	return guestwalk_record(&view, va, record);
}

uint64_t walk_strip(const struct walk *walk, uint64_t va)
{
	const struct guestwalk view = view_of(walk);

	return guestwalk_strip(&view, va);
}
