/* See text.h. */
#include "text.h"
#include "kind.h"
#include <lib/crc32c.h>
#include <lib/samepage.h>
#include <lib/string.h>

#define BASELINE_MAGIC 0x364e494c45534142ULL /* "BASELIN6": of this layout */
#define BASELINE_STEPS 512u                  /* pages with as many steps as a look has */
#define BASELINE_PIECE (2u << 20)            /* bytes of a kept copy that are summed up at a time */
#define BASELINE_BEAT  64u                   /* pages between two signs of life */
#define BASELINE_WORDS (BASELINE_PAGE / sizeof(uint64_t))

size_t baseline_size(const struct watchfacts *facts)
{
	return BASELINE_PAGE + (size_t)(facts->constants_end - facts->text);
}

bool baseline_open(struct baseline *baseline, void *kept, size_t size,
                   const struct watchfacts *facts)
{
	baseline->head = kept;
	baseline->copy = (uint64_t *)(void *)((uint8_t *)kept + BASELINE_PAGE);
	memset(baseline->next, 0, sizeof(baseline->next));
	return facts->text % BASELINE_PAGE == 0 && facts->text_end % BASELINE_PAGE == 0 &&
	       facts->constants_end % BASELINE_PAGE == 0 && facts->text <= facts->text_end &&
	       facts->text_end <= facts->constants_end && baseline_size(facts) <= size;
}

bool baseline_prove(struct baseline *baseline)
{
	const struct baseline_head *head = baseline->head;
	const uint32_t left = head->size - baseline->summed;
	const uint32_t size = left < BASELINE_PIECE ? left : BASELINE_PIECE;

	if (left == 0)
		return true;
	baseline->sum =
	    crc32c(baseline->sum, (const uint8_t *)baseline->copy + baseline->summed, size);
	baseline->summed += size;
	return size != left || baseline->sum == head->crc;
}

bool baseline_is_of(const struct baseline *baseline, const struct guest *guest)
{
	return guest->kernel == baseline->head->kernel && guest->base == baseline->head->base;
}

void baseline_drop(struct baseline *baseline)
{
	baseline->head->magic = 0;
}

static uint64_t *baseline_page(const struct baseline *baseline, uint32_t page)
{
	return baseline->copy + (size_t)page * BASELINE_WORDS;
}

const uint64_t *baseline_copy(const struct baseline *baseline, const struct guest *guest,
                              uint32_t place)
{
	return baseline_page(baseline, (place - guest->facts->text) / BASELINE_PAGE);
}

/* The first page of a region; of the one behind the last: how many there are. */
static uint32_t baseline_first(const struct guest *guest, uint32_t region)
{
	const struct watchfacts *facts = guest->facts;
	const uint32_t begin[] = {[BASELINE_TEXT] = facts->text,
	                          [BASELINE_CONSTANTS] = facts->text_end,
	                          [BASELINE_REGIONS] = facts->constants_end};

	return (begin[region] - facts->text) / BASELINE_PAGE;
}

static uint32_t baseline_pages(const struct guest *guest)
{
	return baseline_first(guest, BASELINE_REGIONS);
}

uint32_t baseline_share(const struct guest *guest, enum baseline_region region, uint32_t looks)
{
	const uint32_t pages =
	    baseline_first(guest, (uint32_t)region + 1) - baseline_first(guest, (uint32_t)region);

	return (pages + looks - 1) / looks;
}

static const uint64_t *baseline_text(const struct guest *guest, uint32_t page)
{
	return guest_page(guest, guest->facts->text + page * BASELINE_PAGE);
}

/* Without the kernel's own breakpoints, which may go at any time: also between the read of one and
 * the look into the table, so it is read again. False: another one stays. */
static bool baseline_copy_page(struct baseline *baseline, const struct guest *guest, uint32_t page,
                               const volatile uint64_t *text)
{
	const uint32_t place = guest->facts->text + page * BASELINE_PAGE;
	uint64_t *copy = baseline_page(baseline, page);

	for (uint32_t i = 0; i < BASELINE_WORDS; i++) {
		const uint32_t at = place + i * (uint32_t)sizeof(*copy);

		copy[i] = sites_plain(guest, at, text[i], &baseline->steps);
		if (sites_breaks(guest, at, copy[i]))
			copy[i] = sites_plain(guest, at, text[i], &baseline->steps);
		if (sites_breaks(guest, at, copy[i]))
			return false;
	}
	return true;
}

/* Known at once, where the copy is summed up over several looks. */
static uint32_t baseline_check(const struct baseline_head *head)
{
	return crc32c(0, &head->kernel,
	              offsetof(struct baseline_head, check) -
	                  offsetof(struct baseline_head, kernel));
}

bool baseline_is_there(struct baseline *baseline, const struct guest *guest, uint32_t starts,
                       uint64_t now)
{
	const struct baseline_head *head = baseline->head;

	baseline->summed = baseline->sum = 0;
	return head->magic == BASELINE_MAGIC && head->check == baseline_check(head) &&
	       head->starts == starts && head->taken <= now && baseline_is_of(baseline, guest) &&
	       head->size == baseline_pages(guest) * BASELINE_PAGE;
}

/* What the facts have, but for the word that isn't known before it is in memory. */
static bool baseline_copy_known(struct baseline *baseline, const struct guest *guest,
                                const uint64_t *contents)
{
	const struct watchfacts *facts = guest->facts;
	const uint32_t open = facts->open - facts->open % BASELINE_PAGE;
	const uint64_t *page = guest_page(guest, open);
	const uint32_t word = facts->open % BASELINE_PAGE / (uint32_t)sizeof(*page);

	memcpy(baseline->copy, contents, (size_t)baseline_pages(guest) * BASELINE_PAGE);
	if (facts->open == 0 || facts->open < facts->text || facts->open >= facts->constants_end)
		return true;
	if (page != NULL)
		baseline_page(baseline, (open - facts->text) / BASELINE_PAGE)[word] = page[word];
	return page != NULL;
}

/* What the kernel has in its memory. */
static bool baseline_copy_seen(struct baseline *baseline, const struct guest *guest)
{
	for (uint32_t i = 0; i < baseline_pages(guest); i++) {
		const uint64_t *text = baseline_text(guest, i);

		if (i % BASELINE_STEPS == 0)
			baseline->steps = SITES_STEPS;
		if (text == NULL || !baseline_copy_page(baseline, guest, i, text))
			return false;
		if (i % BASELINE_BEAT == 0)
			guest_beat(guest);
	}
	return true;
}

bool baseline_take(struct baseline *baseline, const struct guest *guest, uint32_t starts,
                   uint64_t now)
{
	const uint64_t *contents = kind_of(guest->facts)->contents(guest->facts);
	struct baseline_head *head = baseline->head;

	baseline_drop(baseline);
	if (contents != NULL ? !baseline_copy_known(baseline, guest, contents)
	                     : !baseline_copy_seen(baseline, guest))
		return false;
	head->kernel = guest->kernel;
	head->base = guest->base;
	head->sctlr = guest->sctlr;
	head->vbar = guest->vbar;
	head->taken = now;
	head->starts = starts;
	head->size = baseline_pages(guest) * BASELINE_PAGE;
	head->crc = 0;
	for (uint32_t i = 0; i < baseline_pages(guest); i++) {
		head->crc = crc32c(head->crc, baseline_page(baseline, i), BASELINE_PAGE);
		if (i % BASELINE_BEAT == 0)
			guest_beat(guest);
	}
	head->check = baseline_check(head);
	baseline->summed = head->size;
	__atomic_store_n(&head->magic, BASELINE_MAGIC, __ATOMIC_RELEASE);
	return true;
}

/* The first byte that is foreign; BASELINE_PAGE: none is. */
static uint32_t baseline_differs(struct baseline *baseline, const struct guest *guest,
                                 uint32_t page, const volatile uint64_t *text)
{
	const uint32_t place = guest->facts->text + page * BASELINE_PAGE;
	const uint64_t *copy = baseline_page(baseline, page);

	if (samepage((const uint64_t *)text, copy))
		return BASELINE_PAGE; /* as most pages are */
	for (uint32_t i = 0; i < BASELINE_WORDS; i++) {
		const uint32_t at = i * (uint32_t)sizeof(*copy);
		const uint64_t now = text[i];
		uint64_t right = now;

		if (now != copy[i])
			right = sites_right(guest, place + at, copy[i], now, &baseline->steps);
		if (right != now)
			return at +
			       ((uint32_t)right == (uint32_t)now ? (uint32_t)sizeof(uint32_t) : 0);
	}
	return BASELINE_PAGE;
}

/* The kernel executes what its own address leads to, which may be another page. False: can't
 * tell. */
static bool baseline_compare(struct baseline *baseline, const struct guest *guest, uint32_t page,
                             const struct baseline_part *part, struct findings *findings)
{
	const uint32_t place = guest->facts->text + page * BASELINE_PAGE;
	const uint64_t *text = baseline_text(guest, page);
	bool elsewhere;
	uint32_t differs = 0;

	if (text == NULL)
		return false;
	elsewhere = part->leads && !guest_is_mapped(guest, place);
	if (!elsewhere)
		differs = baseline_differs(baseline, guest, page, text);
	if (differs != BASELINE_PAGE)
		findings_note(findings, &(struct finding){.kind = FINDING_TEXT,
		                                          .where = place,
		                                          .value = differs,
		                                          .elsewhere = elsewhere});
	return true;
}

/* Pages of findings are compared at each look, so that a finding counts after a few looks. One that
 * led elsewhere still does, as long as nobody can tell. */
static bool baseline_again(struct baseline *baseline, const struct guest *guest,
                           const struct baseline_part *part, struct findings *findings)
{
	const uint32_t text = guest->facts->text;
	bool good = true;

	for (uint32_t i = 0; i < FINDINGS_MAX; i++) {
		const struct finding *entry = &findings->entry[i];

		if (!entry->used)
			continue;
		if (entry->elsewhere && !part->leads)
			findings_note(findings, &(struct finding){.kind = FINDING_TEXT,
			                                          .where = entry->where,
			                                          .elsewhere = true});
		else
			good &= baseline_compare(baseline, guest,
			                         ((uint32_t)entry->where - text) / BASELINE_PAGE,
			                         part, findings);
	}
	return good;
}

bool baseline_look(struct baseline *baseline, const struct guest *guest,
                   const struct baseline_part *part, struct findings *findings)
{
	const uint32_t first = baseline_first(guest, part->region);
	const uint32_t end = baseline_first(guest, (uint32_t)part->region + 1);
	uint32_t *next = &baseline->next[part->region];
	bool good;

	if (baseline->summed != baseline->head->size)
		return false;
	findings_begin(findings);
	baseline->steps = SITES_STEPS;
	good = baseline_again(baseline, guest, part, findings);
	for (uint32_t i = 0; i < part->pages && i < end - first && good; i++) {
		if (*next < first || *next >= end)
			*next = first;
		if (*next == first)
			findings_round(findings, guest->now);
		findings->missed |= !part->leads;
		good = baseline_compare(baseline, guest, (*next)++, part, findings);
	}
	if (good)
		findings_end(findings);
	else
		findings_undo(findings);
	return good;
}
