/*
 * The start's part for black boxes. If the machine was reset, its former start's boxes lie where
 * this start takes its own. They are kept only with kumiki,reset-at-failure: then no box is in a
 * cache, which a reset may empty. Runs on the boot core; memory that was taken is used by its
 * physical address.
 */
#include <frame/hardware.h>
#include <kumiki/blackbox.h>
#include <lib/bundle.h>
#include <lib/string.h>
#include <start/start.h>

_Static_assert(BLACKBOX_FORMER_SIZE > BLACKBOX_WORDS_SIZE, "there is room for the console, too");

static bool resets(const struct start_plan *plan)
{
	return (plan->bundle->flags & BUNDLE_RESETS) != 0;
}

static bool is_read(const struct bundle_header *from, uint32_t index)
{
	const struct bundle_partition *partitions = bundle_partitions(from);

	for (uint32_t i = 0; i < from->partitions.count; i++)
		if (partitions[i].blackbox_ipa != 0 &&
		    (partitions[i].life.manages >> index & 1) != 0)
			return true;
	return false;
}

bool start_box_is_uncached(const struct start_plan *plan, uint32_t index)
{
	return resets(plan) || is_read(plan->bundle, index);
}

static bool is_of_former_start(const struct blackbox *box, const char *name)
{
	return box->magic == BLACKBOX_MAGIC && box->revision == BLACKBOX_REVISION &&
	       box->size == sizeof(*box) && box->words_size <= BLACKBOX_WORDS_SIZE &&
	       memcmp(box->name, name, sizeof(box->name)) == 0;
}

/* Puts the end of the console, then the last crash where a box keeps what a former start had. */
static void keep_former(struct blackbox *box)
{
	const uint64_t most = BLACKBOX_FORMER_SIZE - BLACKBOX_WORDS_SIZE;
	uint32_t size = 0;

	for (uint64_t at = box->printed < most ? 0 : box->printed - most; at < box->printed; at++)
		box->former[size++] = (char)box->console[at % BLACKBOX_CONSOLE_SIZE];
	memcpy(box->former + size, box->words, box->words_size);
	box->former_size = size;
	box->former_words = box->words_size;
}

/* Begins a box that may be of a former start. */
static void begin_box(struct blackbox *box, const char *name)
{
	uint8_t *memory = (uint8_t *)box;
	size_t end;

	if (!is_of_former_start(box, name)) {
		hw_zero_pages(box, BUNDLE_BLACKBOX_MEMORY);
		return;
	}
	keep_former(box);
	end = offsetof(struct blackbox, former) + box->former_size + box->former_words;
	memset(memory, 0, offsetof(struct blackbox, former_size));
	memset(memory + end, 0, BUNDLE_BLACKBOX_MEMORY - end);
}

static struct blackbox *box_of(const struct start_plan *plan, uint32_t index)
{
	return (struct blackbox *)(uintptr_t)(plan->boxes +
	                                      index * (uint64_t)BUNDLE_BLACKBOX_MEMORY);
}

void start_plan_boxes(struct start_plan *plan)
{
	const uint32_t count = plan->bundle->partitions.count;

	if (!resets(plan)) {
		plan->boxes = start_take(count * (uint64_t)BUNDLE_BLACKBOX_MEMORY);
		return;
	}
	plan->boxes = start_take_as_it_is(count * (uint64_t)BUNDLE_BLACKBOX_MEMORY);
	for (uint32_t i = 0; i < count; i++)
		begin_box(box_of(plan, i), bundle_partitions(plan->bundle)[i].name);
}

void start_settle_boxes(const struct start_plan *plan)
{
	for (uint32_t i = 0; i < plan->bundle->partitions.count; i++)
		if (start_box_is_uncached(plan, i))
			hw_clean_invalidate_to_poc(box_of(plan, i), BUNDLE_BLACKBOX_MEMORY);
}
