/*
 * See kind.h. A program lies where it is linked, as its own tables or no tables lead there. Below
 * the upper half of addresses, of whose tables the watcher knows nothing, an address is the place.
 */
#include "kind.h"
#include "vectors.h"
#include <lib/samepage.h>

#define PROGRAM_UPPER (1ULL << 55) /* this bit of an address: TTBR1_EL1 leads there */
/* Places are looked at so far apart, as far from such a multiple as the linked one. */
#define PROGRAM_STEP  0x10000u
#define PROGRAM_STEPS 2048u /* so many are looked at */
#define PROGRAM_PAGE  4096u
#define PROGRAM_MMU   1u /* of SCTLR_EL1 */

static bool program_is_upper(const struct watchfacts *facts)
{
	return (facts->linked & PROGRAM_UPPER) != 0;
}

static const uint64_t *program_contents(const struct watchfacts *facts)
{
	return (const uint64_t *)(const void *)(facts + 1);
}

static uint64_t program_behind(const struct watchfacts *facts)
{
	return (uint64_t)facts->constants_end - facts->text;
}

/* But for the word that is completed when something is appended. */
static bool program_has_page(const struct watchfacts *facts, uint32_t place, const uint64_t *there,
                             const uint64_t *page)
{
	const uint32_t word = (facts->open - place) / (uint32_t)sizeof(*page);

	if (facts->open - place >= PROGRAM_PAGE)
		return samepage(there, page);
	for (uint32_t i = 0; i < PROGRAM_PAGE / sizeof(*page); i++)
		if (i != word && there[i] != page[i])
			return false;
	return true;
}

/* Most of its text is there, whoever changed the rest. */
static bool program_is_at(const struct guest *guest, uint64_t kernel)
{
	const struct watchfacts *facts = guest->facts;
	const uint32_t pages = (facts->text_end - facts->text) / PROGRAM_PAGE;
	const uint64_t *page = program_contents(facts);
	uint32_t place = facts->text, differ = 0;

	for (; place < facts->text_end && differ * 2 <= pages; place += PROGRAM_PAGE) {
		uint64_t at;

		if (!guestwalk_memory(&guest->walk, kernel + place, &at) ||
		    !program_has_page(facts, place, (const uint64_t *)(uintptr_t)at, page))
			differ++;
		page += PROGRAM_PAGE / sizeof(*page);
	}
	return differ * 2 < pages;
}

/* One that may lie anywhere is put, as an Image is, at a multiple of the step: place 0 is a page in
 * front of it. */
static uint64_t program_find(const struct guest *guest, uint64_t last)
{
	const uint64_t linked = guest->facts->linked;
	const uint64_t like = linked != 0 ? linked : 0 - (uint64_t)PROGRAM_PAGE;
	const uint64_t first = guest->walk.range[0].ipa / PROGRAM_STEP * PROGRAM_STEP -
	                       PROGRAM_STEP + like % PROGRAM_STEP;

	if (linked != 0 && !program_is_upper(guest->facts))
		return linked > last && program_is_at(guest, linked) ? linked : 0;
	for (uint32_t i = 0; i < PROGRAM_STEPS; i++) {
		const uint64_t place = first + i * (uint64_t)PROGRAM_STEP;

		if (place > last && program_is_at(guest, place))
			return place;
	}
	return 0;
}

static uint64_t program_base(const struct guest *guest)
{
	return guest->facts->linked != 0 ? guest->facts->linked : guest->kernel;
}

static bool program_tables(const struct guest *guest, const struct watch_record *record,
                           struct guestwalk *walk)
{
	const struct watchfacts *facts = guest->facts;

	walk->ttbr1 = record->ttbr1;
	if (!program_is_upper(facts))
		walk->sctlr &= ~(uint64_t)PROGRAM_MMU;
	return guest_leads(guest, walk, facts->text) &&
	       guest_leads(guest, walk, facts->text_end - 4) &&
	       guest_leads(guest, walk, facts->constants_end - 8);
}

static enum kind_state program_state(const struct guest *guest)
{
	(void)guest;
	return KIND_UP;
}

static bool program_is_text(const struct guest *guest, uint64_t address)
{
	const struct watchfacts *facts = guest->facts;

	return address - guest_address(guest, facts->text) <
	       (uint64_t)facts->text_end + facts->shared - facts->text;
}

/* No file tells which place of text is the table, and each vCPU may have another one. */
static bool program_vectors(const struct guest *guest, uint32_t vcpu,
                            const struct watch_record *record, struct vectors_good *good,
                            struct finding *found)
{
	const uint64_t vbar = record->vbar;
	const bool is_text = program_is_text(guest, vbar);

	if (good->own_vbar == 0 && is_text)
		good->own_vbar = vbar;
	if (is_text && (vbar == good->before || vbar == good->own_vbar)) {
		good->vbar = vbar;
		return true;
	}
	if (good->vbar != 0)
		found->lack = (struct rules_lack){.kind = RULES_LACK_VALUE,
		                                  .head = WATCH_VBAR(vcpu),
		                                  .link = good->vbar,
		                                  .was = vbar};
	return false;
}

const struct kind kind_program = {
    .find = program_find,
    .base = program_base,
    .tables = program_tables,
    .state = program_state,
    .vectors = program_vectors,
    .behind = program_behind,
    .contents = program_contents,
    .settle = 1,
    .begins = "text, constants, vectors and rules are watched; it is no Linux: tasks, modules, "
              "mappings aren't",
};
