/*
 * The pristine frame: a copy of the image's text, constants and start's part. No core can write it
 * by the tables with which it runs guests. The start makes it. The core that crashes compares the
 * image with it, and mends the image. An update makes it anew, from the next frame.
 */
#include <frame/hardware.h>
#include <frame/tables.h>
#include <start/pristine.h>
#include <start/start.h>
#include <state/core.h>

#define STEP 8 /* words that are compared or copied together */

/* From the linker: the image's parts are empty behind these. */
extern const uint8_t frame_text_end[], frame_start_end[];

static const struct pristine_part {
	uint32_t at, end; /* in the image */
} parts[PRISTINE_PARTS] = {{0, IMAGE_CONSOLE}, {IMAGE_CONSTANTS, IMAGE_ROOM}};

/* Returns the sum of what it copies. */
static uint64_t copy(uint64_t to, uint64_t from, uint64_t size)
{
	uint64_t *b = (uint64_t *)(uintptr_t)to;
	const uint64_t *a = (const uint64_t *)(uintptr_t)from, *end = a + size / sizeof(*a);
	uint64_t sum = 0;

	for (; a < end; a += STEP, b += STEP) {
		const uint64_t a0 = a[0], a1 = a[1], a2 = a[2], a3 = a[3], a4 = a[4], a5 = a[5];
		const uint64_t a6 = a[6], a7 = a[7];

		b[0] = a0, b[1] = a1, b[2] = a2, b[3] = a3, b[4] = a4, b[5] = a5;
		b[6] = a6, b[7] = a7;
		sum += a0 + a1 + a2 + a3 + a4 + a5 + a6 + a7;
	}
	return sum;
}

void pristine_renew(void)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < PRISTINE_PARTS; i++)
		sum += copy(LAYOUT_PRISTINE + parts[i].at, LAYOUT_SPARE + parts[i].at,
		            parts[i].end - parts[i].at);
	shared_memory->update.before = shared_memory->update.pristine;
	shared_memory->update.pristine = sum;
}

/* Returns the first place where image and pristine frame differ; 0: there is none. Much of a
 * recovery's time is spent here, so the words are loaded before they are compared. */
static uint64_t find_difference(const uint64_t *a, const uint64_t *b, const uint8_t *end)
{
	for (; (const uint8_t *)a < end; a += STEP, b += STEP) {
		const uint64_t a0 = a[0], a1 = a[1], a2 = a[2], a3 = a[3], a4 = a[4], a5 = a[5];
		const uint64_t b0 = b[0], b1 = b[1], b2 = b[2], b3 = b[3], b4 = b[4], b5 = b[5];
		const uint64_t a6 = a[6], a7 = a[7], b6 = b[6], b7 = b[7];

		if (a0 != b0 || a1 != b1 || a2 != b2 || a3 != b3 || a4 != b4 || a5 != b5 ||
		    a6 != b6 || a7 != b7)
			return (uint64_t)(uintptr_t)a;
	}
	return 0;
}

static uint64_t find_in_part(uint32_t part, const uint8_t *end)
{
	const uint64_t at = parts[part].at;

	return find_difference((const uint64_t *)(LAYOUT_TEXT + at),
	                       (const uint64_t *)(LAYOUT_PRISTINE + at), end);
}

static uint64_t sum_at(uint64_t base)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < PRISTINE_PARTS; i++)
		for (uint64_t at = parts[i].at; at < parts[i].end; at += 8)
			sum += *(const uint64_t *)(uintptr_t)(base + at);
	return sum;
}

bool pristine_was_spare(void)
{
	return sum_at(LAYOUT_SPARE) == shared_memory->update.before;
}

/* Other cores run this text: what is right isn't written. */
static void make_anew(const struct pristine_part *part)
{
	const uint64_t *pristine = (const uint64_t *)(LAYOUT_PRISTINE + part->at);
	uint64_t *image = (uint64_t *)(LAYOUT_IMAGE + part->at);

	for (uint64_t i = 0; i < (part->end - part->at) / sizeof(*image); i++) {
		if (image[i] == pristine[i])
			continue;
		image[i] = pristine[i];
		hw_clean_invalidate_to_poc(&image[i], sizeof(*image));
	}
}

uint64_t pristine_mend(void)
{
	uint64_t found;

	if (shared_memory->update.pristine == 0)
		return 0;
	found = find_in_part(0, frame_text_end);
	if (found == 0)
		found = find_in_part(1, frame_start_end);
	if (found == 0)
		return 0;
	if (sum_at(LAYOUT_PRISTINE) != shared_memory->update.pristine) {
		shared_memory->update.pristine = 0;
		return FRAME_TEXT_LOST;
	}
	for (uint32_t i = 0; i < PRISTINE_PARTS; i++)
		make_anew(&parts[i]);
	hw_invalidate_instructions();
	return found;
}

/* ---- on the boot core; the image and what was taken are used by their physical addresses ---- */

void start_plan_pristine(struct start_plan *plan)
{
	for (uint32_t i = 0; i < PRISTINE_PARTS; i++) {
		plan->pristine[i] = start_take(parts[i].end - parts[i].at);
		plan->pristine_sum +=
		    copy(plan->pristine[i], plan->load + parts[i].at, parts[i].end - parts[i].at);
	}
}

void start_map_pristine(const struct start_plan *plan, struct tables *tables, enum tables_kind kind)
{
	for (uint32_t i = 0; i < PRISTINE_PARTS; i++)
		tables_map(tables, LAYOUT_PRISTINE + parts[i].at, pa_at(plan->pristine[i]),
		           parts[i].end - parts[i].at, kind);
}
