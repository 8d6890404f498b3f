/* See approve.h. */
#include "approve.h"
#include "sites.h"
#include <lib/crc32c.h>
#include <lib/string.h>

#define APPROVE_PAGE     4096u
#define APPROVE_WORD     4u
#define APPROVE_ENTRY    (WATCHMODULES_ENTRY / APPROVE_WORD)
#define APPROVE_TRACED   0xaa1e03e9u /* MOV X9, X30 */
#define APPROVE_BRANCHES 0x7c000000u /* B and BL are the same under it */
#define APPROVE_KIND     0xfc000000u
#define APPROVE_BRANCH   0x14000000u /* B */
#define APPROVE_CALL     0x94000000u /* BL */
#define APPROVE_ADRP     0x9f00001fu
#define APPROVE_LOW      0x3ffc00u   /* bits 10 to 21 */
#define APPROVE_ADRP_16  0x90000010u /* ADRP X16 */
#define APPROVE_ADD_16   0x91000210u /* ADD X16, X16, … */
#define APPROVE_BR_16    0xd61f0200u /* BR X16 */

/* ---- the file ---- */

static const uint8_t *approve_bytes(const struct approve *approve, uint32_t at)
{
	return (const uint8_t *)approve->file + at;
}

static const struct watchmodules_site *approve_sites(const struct approve *approve)
{
	return (const struct watchmodules_site *)(const void *)approve_bytes(
	    approve, approve->part.text->sites);
}

static bool approve_fits(const struct watchmodules *file, const struct watchmodules_text *text)
{
	return text->text % sizeof(uint64_t) == 0 && text->sites % sizeof(uint64_t) == 0 &&
	       text->size % APPROVE_WORD == 0 && text->size <= WATCHMODULES_TEXT &&
	       text->code <= text->size && text->text <= file->size &&
	       text->size <= file->size - text->text && text->sites <= file->size &&
	       text->count <= (file->size - text->sites) / sizeof(struct watchmodules_site);
}

bool approve_open(struct approve *approve, const struct watchmodules *file, size_t size,
                  const struct watchfacts *facts)
{
	const struct watchmodules_module *module = (const struct watchmodules_module *)(file + 1);

	if (size < sizeof(*file) || file->magic != WATCHMODULES_MAGIC ||
	    file->revision != WATCHMODULES_REVISION || file->size > size ||
	    file->count > WATCHMODULES_MOST ||
	    file->size < sizeof(*file) + file->count * sizeof(*module) ||
	    file->kernel != crc32c(0, facts->banner, WATCHFACTS_BANNER))
		return false;
	for (uint32_t i = 0; i < file->count; i++)
		if (module[i].name[WATCHMODULES_NAME - 1] != 0 ||
		    !approve_fits(file, &module[i].part[WATCHMODULES_CORE]) ||
		    !approve_fits(file, &module[i].part[WATCHMODULES_INIT]))
			return false;
	approve->file = file;
	return true;
}

const struct watchmodules_module *approve_find(const struct approve *approve, const char *name)
{
	const struct watchmodules_module *module;

	if (approve->file == NULL)
		return NULL;
	module = (const struct watchmodules_module *)(approve->file + 1);
	for (uint32_t i = 0; i < approve->file->count; i++)
		if (string_equal(module[i].name, name))
			return &module[i];
	return NULL;
}

static uint32_t approve_pages(uint32_t bytes)
{
	return (bytes + APPROVE_PAGE - 1) & ~(APPROVE_PAGE - 1);
}

uint32_t approve_size(const struct watchmodules_text *text)
{
	return approve_pages(text->size);
}

uint32_t approve_code(const struct watchmodules_text *text)
{
	return approve_pages(text->code);
}

/* ---- words ---- */

/* In the file. */
static uint32_t approve_right(const struct approve *approve, uint32_t place)
{
	uint32_t word;

	memcpy(&word, approve_bytes(approve, approve->part.text->text + place), sizeof(word));
	return word;
}

/* In the guest; NULL: nowhere. */
static const volatile uint32_t *approve_see(struct approve *approve, uint32_t place)
{
	const uint64_t page = approve->part.page[place / APPROVE_PAGE];

	if (approve->at != page) {
		if (!guestwalk_memory(&approve->guest->walk, page, &approve->seen))
			return NULL;
		approve->at = page;
	}
	return (const volatile uint32_t *)(uintptr_t)(approve->seen + place % APPROVE_PAGE);
}

/* One that is nowhere is no instruction. */
static uint32_t approve_word(struct approve *approve, uint32_t place)
{
	const volatile uint32_t *word = approve_see(approve, place);

	return word != NULL ? *word : 0;
}

static uint64_t approve_address(const struct approve *approve, uint32_t place)
{
	return approve->part.base + place;
}

/* The page that an ADRP at this place leads to. */
static uint64_t approve_page(const struct approve *approve, uint32_t place, uint32_t word)
{
	const uint64_t pages = (uint64_t)(word >> 5 & 0x7ffff) << 2 | (word >> 29 & 3);
	const uint64_t far = (pages ^ 1u << 20) - (1u << 20); /* with its sign */

	return (approve_address(approve, place) & ~(uint64_t)(APPROVE_PAGE - 1)) +
	       far * APPROVE_PAGE;
}

/* False: the module that has the target isn't there. */
static bool approve_target(const struct approve *approve, const struct watchmodules_site *site,
                           uint64_t *target)
{
	uint64_t base = 0;

	if (site->base == WATCHMODULES_OF_OTHER)
		base = approve->other[site->other];
	else if (site->base == WATCHMODULES_OF_OTHER_CPUS)
		base = approve->other_cpus[site->other];
	else if (site->base < WATCHMODULES_BASES)
		base = approve->base[site->base];
	*target = base + site->value;
	return base != 0;
}

/* ---- PLTs ---- */

/* Where an entry leads; 0: it is none. */
static uint64_t approve_leads(struct approve *approve, uint32_t place)
{
	const uint32_t adrp = approve_word(approve, place);
	const uint32_t add = approve_word(approve, place + APPROVE_WORD);

	if ((adrp & APPROVE_ADRP) != APPROVE_ADRP_16 || (add & ~APPROVE_LOW) != APPROVE_ADD_16 ||
	    approve_word(approve, place + 2 * APPROVE_WORD) != APPROVE_BR_16)
		return 0;
	return approve_page(approve, place, adrp) + (add >> 10 & 0xfff);
}

static bool approve_is_empty(struct approve *approve, uint32_t place)
{
	for (uint32_t i = 0; i < APPROVE_ENTRY; i++)
		if (approve_word(approve, place + i * APPROVE_WORD) != 0)
			return false;
	return true;
}

/* The place of the entry at an address; false: no entry is there. */
static bool approve_entry(const struct approve *approve, const struct watchmodules_site *entries,
                          uint64_t address, uint32_t *index)
{
	const uint64_t offset =
	    entries == NULL ? 0 : address - approve_address(approve, entries->place);

	*index = (uint32_t)(offset / WATCHMODULES_ENTRY);
	return entries != NULL && offset < entries->value * WATCHMODULES_ENTRY &&
	       offset % WATCHMODULES_ENTRY == 0;
}

/* Each entry that no branch leads to is empty, or the same as the one before it: the loader makes
 * an entry before it sees that there is such a one. */
static bool approve_plt(struct approve *approve)
{
	const uint32_t entries = approve->plt != NULL ? (uint32_t)approve->plt->value : 0;

	for (uint32_t i = 0; i < entries; i++) {
		const uint32_t place = approve->plt->place + i * WATCHMODULES_ENTRY;

		approve->differs = place;
		if ((approve->used[i / 64] >> i % 64 & 1) != 0 || approve_is_empty(approve, place))
			continue;
		if (i == 0 || approve_leads(approve, place) == 0 ||
		    approve_leads(approve, place) !=
		        approve_leads(approve, place - WATCHMODULES_ENTRY))
			return false;
	}
	return true;
}

static bool approve_tracers(struct approve *approve, const struct watchmodules_site *site)
{
	const uint32_t *caller = approve->guest->facts->trace_caller;

	for (uint32_t i = 0; i < site->value; i++) {
		const uint32_t place = site->place + i * WATCHMODULES_ENTRY;

		if (!approve_is_empty(approve, place) &&
		    (i > 1 || caller[i] == 0 ||
		     approve_leads(approve, place) != guest_address(approve->guest, caller[i])))
			return false;
	}
	return true;
}

/* ---- sites ---- */

static bool approve_branch(struct approve *approve, const struct watchmodules_site *site,
                           uint32_t word, uint32_t right)
{
	const uint64_t to = sites_target(approve_address(approve, site->place), word);
	uint64_t target;
	uint32_t entry;

	if (!approve_target(approve, site, &target) ||
	    (word & APPROVE_KIND) != (right & APPROVE_KIND))
		return false;
	if (to == target)
		return true;
	if (!approve_entry(approve, approve->plt, to, &entry) ||
	    approve_leads(approve, approve->plt->place + entry * WATCHMODULES_ENTRY) != target)
		return false;
	approve->used[entry / 64] |= 1ULL << entry % 64;
	return true;
}

static bool approve_is_jump(const struct approve *approve, const struct watchmodules_site *site,
                            uint32_t word)
{
	return word == SITES_NOP || ((word & APPROVE_KIND) == APPROVE_BRANCH &&
	                             sites_target(approve_address(approve, site->place), word) ==
	                                 approve_address(approve, (uint32_t)site->value));
}

/* A NOP, or a call of ftrace's entry, also by the module's own way there. */
static bool approve_is_call(const struct approve *approve, const struct watchmodules_site *site,
                            uint32_t word)
{
	const uint32_t *caller = approve->guest->facts->trace_caller;
	const uint64_t to =
	    sites_target(approve_address(approve, site->place) + APPROVE_WORD, word);
	uint32_t entry;

	if (word == SITES_NOP)
		return true;
	if ((word & APPROVE_KIND) != APPROVE_CALL)
		return false;
	return approve_entry(approve, approve->tracers, to, &entry) ||
	       (caller[0] != 0 && to == guest_address(approve->guest, caller[0])) ||
	       (caller[1] != 0 && to == guest_address(approve->guest, caller[1]));
}

static uint32_t approve_constant(struct approve *approve, const struct watchmodules_site *site)
{
	const uint32_t word = approve_word(approve, site->place);
	uint64_t target;

	if (!approve_target(approve, site, &target))
		return 0;
	if (site->kind == WATCHMODULES_DISTANCE)
		return word == (uint32_t)(target - approve_address(approve, site->place))
		           ? APPROVE_WORD
		           : 0;
	return word == (uint32_t)target &&
	               approve_word(approve, site->place + APPROVE_WORD) == target >> 32
	           ? 2 * APPROVE_WORD
	           : 0;
}

/* How many bytes from a site on are right; 0: they aren't. */
static uint32_t approve_site(struct approve *approve, const struct watchmodules_site *site)
{
	const uint32_t word = approve_word(approve, site->place);
	const uint32_t right = approve_right(approve, site->place);
	uint64_t target = 0;
	uint32_t next;
	bool good = false;

	switch (site->kind) {
	case WATCHMODULES_BRANCH:
		good = approve_branch(approve, site, word, right);
		break;
	case WATCHMODULES_PAGE:
		good = approve_target(approve, site, &target) &&
		       ((word ^ right) & APPROVE_ADRP) == 0 &&
		       approve_page(approve, site->place, word) ==
		           (target & ~(uint64_t)(APPROVE_PAGE - 1));
		break;
	case WATCHMODULES_LOW:
		good = approve_target(approve, site, &target) &&
		       ((word ^ right) & ~APPROVE_LOW) == 0 &&
		       (word & APPROVE_LOW) >> 10 == (target % APPROVE_PAGE) >> site->shift % 16;
		break;
	case WATCHMODULES_JUMP:
		good = approve_is_jump(approve, site, word);
		break;
	case WATCHMODULES_TRACED:
		next = approve_word(approve, site->place + APPROVE_WORD);
		good = word == SITES_NOP
		           ? next == SITES_NOP
		           : word == APPROVE_TRACED && approve_is_call(approve, site, next);
		return good ? 2 * APPROVE_WORD : 0;
	case WATCHMODULES_PLT: /* looked at when its branches are known */
		return (uint32_t)site->value * WATCHMODULES_ENTRY;
	case WATCHMODULES_TRACERS:
		good = approve_tracers(approve, site);
		return good ? (uint32_t)site->value * WATCHMODULES_ENTRY : 0;
	case WATCHMODULES_POINTER:
	case WATCHMODULES_DISTANCE:
		return approve_constant(approve, site);
	default:
		break;
	}
	return good ? APPROVE_WORD : 0;
}

/* Whether the kernel has replaced the instructions, all of them. It makes a branch lead where the
 * other one leads, if that is outside of them. */
static uint32_t approve_replaced(struct approve *approve, const struct watchmodules_site *site)
{
	const uint32_t other = (uint32_t)site->value, words = (uint32_t)(site->value >> 32);

	for (uint32_t i = 0; i < words; i++) {
		const uint32_t place = site->place + i * APPROVE_WORD;
		const uint32_t from = other + i * APPROVE_WORD;
		uint32_t right =
		    other == WATCHMODULES_NOPS ? SITES_NOP : approve_word(approve, from);

		if (other != WATCHMODULES_NOPS && (right & APPROVE_BRANCHES) == APPROVE_BRANCH &&
		    sites_target(from, right) - other > (uint64_t)words * APPROVE_WORD)
			right = (right & APPROVE_KIND) |
			        ((right + (from - place) / APPROVE_WORD) & ~APPROVE_KIND);
		if (approve_word(approve, place) != right)
			return 0;
	}
	return words * APPROVE_WORD;
}

/* ---- parts ---- */

/* Finds its PLTs. False: a site isn't inside of the part. */
static bool approve_begin(struct approve *approve, const struct approve_part *part)
{
	const struct watchmodules_site *site;

	approve->part = *part;
	approve->plt = approve->tracers = NULL;
	approve->at = 1; /* no page */
	approve->differs = 0;
	memset(approve->used, 0, sizeof(approve->used));
	site = approve_sites(approve);
	for (uint32_t i = 0; i < part->text->count; i++, site++) {
		uint64_t size = APPROVE_WORD, other = 0;

		if (site->kind == WATCHMODULES_ALTERNATIVE) {
			size = (site->value >> 32) * APPROVE_WORD;
			other =
			    (uint32_t)site->value == WATCHMODULES_NOPS ? 0 : (uint32_t)site->value;
		} else if (site->kind == WATCHMODULES_TRACED ||
		           site->kind == WATCHMODULES_POINTER) {
			size = 2 * APPROVE_WORD;
		} else if (site->kind == WATCHMODULES_PLT || site->kind == WATCHMODULES_TRACERS) {
			if (site->value > WATCHMODULES_ENTRIES)
				return false;
			size = site->value * WATCHMODULES_ENTRY;
			*(site->kind == WATCHMODULES_PLT ? &approve->plt : &approve->tracers) =
			    site;
		}
		if (site->place % APPROVE_WORD != 0 || other % APPROVE_WORD != 0 ||
		    site->place + size > part->text->size || other + size > part->text->size)
			return false;
	}
	return true;
}

/* How many bytes from this place on are right; 0: they aren't. */
static uint32_t approve_step(struct approve *approve, uint32_t place,
                             const struct watchmodules_site *site,
                             const struct watchmodules_site *end)
{
	for (; site != end && site->place == place; site++) {
		const uint32_t replaced = site->kind == WATCHMODULES_ALTERNATIVE
		                              ? approve_replaced(approve, site)
		                              : approve_site(approve, site);

		if (replaced != 0 || site->kind != WATCHMODULES_ALTERNATIVE)
			return replaced;
	}
	return approve_word(approve, place) == approve_right(approve, place) ? APPROVE_WORD : 0;
}

/* How many bytes from this place on, in its page and before `end`, are as in the file. */
static uint32_t approve_same(struct approve *approve, uint32_t place, uint32_t end)
{
	const uint32_t page = APPROVE_PAGE - place % APPROVE_PAGE;
	const uint32_t words = (end - place < page ? end - place : page) / APPROVE_WORD;
	const uint32_t *right = (const uint32_t *)(const void *)approve_bytes(
	    approve, approve->part.text->text + place);
	const volatile uint32_t *word = approve_see(approve, place);
	uint32_t same = 0;

	while (word != NULL && same < words && word[same] == right[same])
		same++;
	return same * APPROVE_WORD;
}

bool approve_compare(struct approve *approve, const struct approve_part *part)
{
	const struct watchmodules_site *site, *end;

	if (!approve_begin(approve, part))
		return false;
	site = approve_sites(approve);
	end = site + part->text->count;
	for (uint32_t place = 0, step; place < part->text->size; place += step) {
		while (site != end && site->place < place)
			site++;
		approve->differs = place;
		step = approve_same(approve, place, site != end ? site->place : part->text->size);
		if (step == 0)
			step = approve_step(approve, place, site, end);
		if (step == 0)
			return false;
	}
	for (uint32_t place = part->text->size; place < approve_size(part->text);
	     place += APPROVE_WORD) {
		approve->differs = place;
		if (approve_word(approve, place) != 0)
			return false;
	}
	return approve_plt(approve);
}

/* The last site at this place or before it, by halves; NULL: there is none. */
static const struct watchmodules_site *approve_last(const struct approve *approve, uint32_t place)
{
	const struct watchmodules_site *sites = approve_sites(approve);
	uint32_t first = 0, count = approve->part.text->count;

	while (count != 0) {
		const uint32_t half = count / 2;

		if (sites[first + half].place <= place) {
			first += half + 1;
			count -= half + 1;
		} else {
			count = half;
		}
	}
	return first != 0 ? &sites[first - 1] : NULL;
}

/* It reads none of the guest's words, so only the sites near the place, and where it leads to, are
 * looked at. */
bool approve_may(struct approve *approve, const struct approve_part *part, uint32_t place,
                 uint32_t word)
{
	const struct watchmodules_site *site, *to;

	approve->part = *part;
	site = approve_last(approve, place);
	if (site != NULL && site->place == place && site->kind == WATCHMODULES_JUMP)
		return approve_is_jump(approve, site, word);
	site = place >= APPROVE_WORD ? approve_last(approve, place - APPROVE_WORD) : NULL;
	if (site == NULL || site->place != place - APPROVE_WORD ||
	    site->kind != WATCHMODULES_TRACED)
		return false;
	to = approve_last(
	    approve, (uint32_t)(sites_target(approve_address(approve, place), word) - part->base));
	approve->tracers = to != NULL && to->kind == WATCHMODULES_TRACERS ? to : NULL;
	return approve_is_call(approve, site, word);
}
