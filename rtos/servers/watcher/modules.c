/* See modules.h. */
#include "modules.h"
#include "sites.h"
#include <lib/string.h>

#define MODULES_PAGE    4096u
#define MODULES_POINTER 8u
#define MODULES_JUMP    16u /* bytes of a struct jump_entry: two relative places, and a key */
#define MODULES_LIVE    0u  /* MODULE_STATE_LIVE */
#define MODULES_NAME    56u
#define MODULES_TRACED  4u /* a traced call is a function's second instruction */
#define MODULES_KIND    0xfc000000u
#define MODULES_BRANCH  0x14000000u
#define MODULES_CALL    0x94000000u
#define MODULES_WORK    262144u /* sites that a look goes through */
#define MODULES_LEARN   512u    /* pages that a look learns */

/* ---- keys and sums ---- */

/* SplitMix64. */
static uint64_t modules_random(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return z ^ z >> 31;
}

void modules_open(struct modules *modules, uint64_t secret, void *kept)
{
	modules->copy = kept;
	for (uint32_t i = 0; i < MODULES_WORDS; i++)
		modules->key[i] = modules_random(&secret);
	modules_forget(modules);
}

void modules_forget(struct modules *modules)
{
	modules->count = modules->pages = modules->next = 0;
	memset(modules->copies, 0, sizeof(modules->copies));
}

/* Where the watcher sees a page; NULL: nowhere. */
static const volatile uint32_t *modules_page(const struct guest *guest, uint64_t page)
{
	uint64_t at;

	return guestcache_translate(guest->cache, &guest->walk, page, &at)
	           ? (const volatile uint32_t *)(uintptr_t)at
	           : NULL;
}

static uint64_t modules_sum_of(const struct modules *modules, const volatile uint32_t *word)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < MODULES_WORDS; i++)
		sum += word[i] * modules->key[i];
	return sum;
}

static bool modules_sum(const struct modules *modules, const struct guest *guest, uint64_t page,
                        uint64_t *sum)
{
	const volatile uint32_t *word = modules_page(guest, page);

	if (word != NULL)
		*sum = modules_sum_of(modules, word);
	return word != NULL;
}

/* ---- copies ---- */

static void modules_free(struct modules *modules, uint32_t first, uint32_t pages)
{
	for (uint32_t i = first; i < first + pages; i++)
		if (modules->copied[i] != 0)
			modules->copies[modules->copied[i] - 1] = false;
}

/* Copies a page whose sum is known. False: it has changed meanwhile. If there is no room for a
 * copy, there is none. */
static bool modules_copy(struct modules *modules, const struct guest *guest, uint64_t page,
                         uint32_t index)
{
	const volatile uint32_t *word = modules_page(guest, page);
	uint32_t free = 0;

	while (free < MODULES_COPIES && modules->copies[free])
		free++;
	if (word == NULL || modules->copy == NULL || free == MODULES_COPIES)
		return word != NULL;
	for (uint32_t i = 0; i < MODULES_WORDS; i++)
		modules->copy[free][i] = word[i];
	if (modules_sum_of(modules, modules->copy[free]) != modules->plain[index])
		return false;
	modules->copies[free] = true;
	modules->copied[index] = (uint16_t)(free + 1);
	return true;
}

/* Of a look: what is left for the guest to have us do. */
static bool modules_spend(struct modules *modules, uint32_t work)
{
	if (modules->work < work)
		return false;
	modules->work -= work;
	return true;
}

/* What a sum has more if an instruction is `now` and not `was`. */
static uint64_t modules_more(const struct modules *modules, uint64_t place, uint32_t was,
                             uint32_t now)
{
	return ((uint64_t)now - was) * modules->key[place % MODULES_PAGE / sizeof(was)];
}

/* ---- sites ---- */

/* A module's table in its own memory. */
struct modules_table {
	uint64_t at;
	uint32_t count;
};

static bool modules_table(const struct guest *guest, uint64_t module, uint32_t table,
                          uint32_t count, struct modules_table *found)
{
	return guest_word(guest, module + table, &found->at) &&
	       guest_half(guest, module + count, &found->count) && found->count <= MODULES_SITES;
}

/* The place and the branch of a jump label. */
static bool modules_jump(const struct guest *guest, uint64_t entry, uint64_t *place,
                         uint64_t *target)
{
	uint32_t code, to;

	if (!guest_half(guest, entry, &code) || !guest_half(guest, entry + sizeof(code), &to))
		return false;
	*place = entry + (uint64_t)(int64_t)(int32_t)code;
	*target = entry + sizeof(code) + (uint64_t)(int64_t)(int32_t)to;
	return true;
}

/* The pages whose sums are changed: all of a module, or one; or the page that is to be right. */
struct modules_part {
	const struct modules_text *text;
	uint64_t base;
	uint32_t pages;
	uint64_t *sum;   /* of its first page */
	uint32_t *right; /* NULL: it is about sums */
};

/* A jump label is a NOP or its branch; a traced call (no target) is a NOP, or a call of ftrace's
 * entry, also by the module's own way there. */
static bool modules_is_legal(const struct guest *guest, const struct modules_text *text,
                             uint64_t place, uint64_t target, uint32_t word)
{
	const uint64_t to = place + (uint64_t)((int64_t)(int32_t)(word << 6) / 16);
	const uint32_t *caller = guest->facts->trace_caller;

	if (word == SITES_NOP)
		return true;
	if (target != 0)
		return (word & MODULES_KIND) == MODULES_BRANCH && to == target;
	if ((word & MODULES_KIND) != MODULES_CALL)
		return false;
	return to - text->base < (uint64_t)text->pages * MODULES_PAGE ||
	       to == guest_address(guest, caller[0]) || to == guest_address(guest, caller[1]);
}

/* What stands there is legal: it counts as a NOP; or it is right so. */
static void modules_take(const struct modules *modules, const struct modules_part *part,
                         uint64_t place, uint32_t word)
{
	if (part->right != NULL)
		part->right[(place - part->base) / sizeof(word)] = word;
	else
		part->sum[(place - part->base) / MODULES_PAGE] +=
		    modules_more(modules, place, word, SITES_NOP);
}

/* Not in the part: it is of another page, or of the module's start, which is gone. */
static bool modules_has(const struct modules_part *part, uint64_t place)
{
	return place - part->base < (uint64_t)part->pages * MODULES_PAGE;
}

static bool modules_mask(struct modules *modules, const struct guest *guest,
                         const struct modules_part *part, uint64_t place, uint64_t target)
{
	uint32_t word;

	if (!modules_spend(modules, 1))
		return false;
	if (!modules_has(part, place))
		return true;
	if (!guest_half(guest, place, &word))
		return false;
	if (modules_is_legal(guest, part->text, place, target, word))
		modules_take(modules, part, place, word);
	return true;
}

/* The word in front of a traced function, of kernels that have one there. */
static bool modules_mask_ops(struct modules *modules, const struct guest *guest,
                             const struct modules_part *part, uint64_t place)
{
	uint64_t word;

	if (guest->facts->traced_word == 0 || !modules_has(part, place))
		return true;
	if (!guest_word(guest, place, &word))
		return false;
	if (sites_is_ops(guest, word)) {
		modules_take(modules, part, place, (uint32_t)word);
		modules_take(modules, part, place + sizeof(uint32_t), (uint32_t)(word >> 32));
	}
	return true;
}

static bool modules_mask_jumps(struct modules *modules, const struct guest *guest,
                               const struct modules_part *part)
{
	const struct watchfacts *facts = guest->facts;
	struct modules_table jumps;
	uint64_t place, target;

	if (!modules_table(guest, part->text->module, facts->module_jumps, facts->module_jump_count,
	                   &jumps))
		return false;
	for (uint32_t i = 0; i < jumps.count; i++)
		if (!modules_jump(guest, jumps.at + (uint64_t)i * MODULES_JUMP, &place, &target) ||
		    !modules_mask(modules, guest, part, place, target))
			return false;
	return true;
}

static bool modules_mask_calls(struct modules *modules, const struct guest *guest,
                               const struct modules_part *part)
{
	const struct watchfacts *facts = guest->facts;
	const uint32_t behind = facts->traced_word != 0 ? facts->traced_word : MODULES_TRACED;
	struct modules_table calls;
	uint64_t place;

	if (facts->module_calls == 0)
		return true;
	if (!modules_table(guest, part->text->module, facts->module_calls, facts->module_call_count,
	                   &calls))
		return false;
	for (uint32_t i = 0; i < calls.count; i++)
		if (!guest_word(guest, calls.at + (uint64_t)i * MODULES_POINTER, &place) ||
		    !modules_mask_ops(modules, guest, part, place) ||
		    !modules_mask(modules, guest, part, place + behind, 0))
			return false;
	return true;
}

static bool modules_mask_all(struct modules *modules, const struct guest *guest,
                             const struct modules_part *part)
{
	return modules_mask_jumps(modules, guest, part) && modules_mask_calls(modules, guest, part);
}

/* Breakpoints of the kernel's own count as what they stand for. */
static bool modules_unprobe(struct modules *modules, const struct guest *guest, uint64_t page,
                            uint64_t *sum)
{
	const volatile uint32_t *word = modules_page(guest, page);

	if (word == NULL)
		return false;
	for (uint32_t i = 0; i < MODULES_WORDS; i++) {
		const uint64_t place = page + i * sizeof(*word);

		if (word[i] == SITES_BREAK)
			*sum += modules_more(modules, place, SITES_BREAK,
			                     sites_probed_at(guest, place, &modules->steps));
	}
	return true;
}

/* ---- the list of modules ---- */

static void modules_drop(struct modules *modules, uint32_t index)
{
	const uint32_t first = modules->entry[index].first, pages = modules->entry[index].pages;
	const size_t behind = (modules->pages - first - pages) * sizeof(uint64_t);

	memmove(&modules->plain[first], &modules->plain[first + pages], behind);
	memmove(&modules->masked[first], &modules->masked[first + pages], behind);
	modules_free(modules, first, pages);
	memmove(&modules->copied[first], &modules->copied[first + pages],
	        behind / sizeof(modules->plain[0]) * sizeof(modules->copied[0]));
	modules->pages -= pages;
	modules->changes++;
	modules->count--;
	memmove(&modules->entry[index], &modules->entry[index + 1],
	        (modules->count - index) * sizeof(modules->entry[0]));
	for (uint32_t i = index; i < modules->count; i++)
		modules->entry[i].first -= pages;
}

/* Takes the sums of a module's next pages. If one changes meanwhile, as the kernel is about to
 * patch a site, the next look takes them again. False: not all of the module's are taken. */
static bool modules_learn(struct modules *modules, const struct guest *guest,
                          struct modules_text *text)
{
	const uint32_t rest = text->pages - text->known;
	const uint32_t pages = rest < modules->learn ? rest : modules->learn;
	const uint64_t base = text->base + (uint64_t)text->known * MODULES_PAGE;
	uint64_t *plain = &modules->plain[text->first + text->known];
	uint64_t *masked = &modules->masked[text->first + text->known];
	const struct modules_part part = {
	    .text = text, .base = base, .pages = pages, .sum = masked};
	uint64_t now;

	modules->learn -= pages;
	for (uint32_t i = 0; i < pages; i++) {
		const uint64_t page = base + (uint64_t)i * MODULES_PAGE;

		if (!modules_sum(modules, guest, page, &plain[i]))
			return false;
		masked[i] = plain[i];
		if (!modules_unprobe(modules, guest, page, &masked[i]))
			return false;
	}
	if (pages == 0 || !modules_mask_all(modules, guest, &part) || modules->steps == 0)
		return false;
	for (uint32_t i = 0; i < pages; i++, text->known++)
		if (!modules_sum(modules, guest, base + (uint64_t)i * MODULES_PAGE, &now) ||
		    now != plain[i] ||
		    !modules_copy(modules, guest, base + (uint64_t)i * MODULES_PAGE,
		                  text->first + text->known))
			return false;
	return text->known == text->pages;
}

/* NULL: there is no room, or this can't be a module's text, or is another one's. */
static struct modules_text *modules_add(struct modules *modules, uint64_t module, uint64_t base,
                                        uint32_t pages)
{
	struct modules_text *text = &modules->entry[modules->count];

	if (modules->count == MODULES_MOST || pages > MODULES_PAGES - modules->pages ||
	    base % MODULES_PAGE != 0)
		return NULL;
	for (uint32_t i = 0; i < modules->count; i++) {
		const struct modules_text *other = &modules->entry[i];

		if (base - other->base < (uint64_t)other->pages * MODULES_PAGE ||
		    other->base - base < (uint64_t)pages * MODULES_PAGE)
			return NULL;
	}
	*text = (struct modules_text){
	    .module = module, .base = base, .pages = pages, .first = modules->pages};
	memset(&modules->copied[text->first], 0, pages * sizeof(modules->copied[0]));
	modules->count++;
	modules->changes++;
	modules->pages += pages;
	return text;
}

static struct modules_text *modules_known(struct modules *modules, uint64_t module)
{
	for (uint32_t i = 0; i < modules->count; i++)
		if (modules->entry[i].module == module)
			return &modules->entry[i];
	return NULL;
}

static void modules_name(const struct guest *guest, uint64_t module, struct finding *found)
{
	if (!guest_text(guest, module + guest->facts->module_name, found->name, MODULES_NAME))
		memcpy(found->name, "?", 2);
}

static void modules_note(const struct guest *guest, const struct modules_text *text, uint64_t place,
                         struct findings *findings)
{
	struct finding found = {.kind = FINDING_MODULE, .where = place};

	modules_name(guest, text->module, &found);
	findings_note(findings, &found);
}

/* By its name and by the size of its text. */
static void modules_judge(const struct modules *modules, const struct guest *guest, uint64_t module,
                          uint64_t base, uint32_t size, struct findings *findings)
{
	struct finding found = {.kind = FINDING_UNLISTED, .where = base};
	const struct watchmodules_module *allowed;

	if (modules->allowed == NULL)
		return;
	modules_name(guest, module, &found);
	allowed = approve_find(modules->allowed, found.name);
	if (allowed == NULL || approve_code(&allowed->part[WATCHMODULES_CORE]) != size)
		findings_note(findings, &found);
}

/* A module that doesn't live yet has no text of its own. One that lived keeps the text that is
 * known of it, whatever its words say later. */
static bool modules_meet(struct modules *modules, const struct guest *guest, uint64_t module,
                         struct findings *findings)
{
	const struct watchfacts *facts = guest->facts;
	struct modules_text *text = modules_known(modules, module);
	uint32_t state, size;
	uint64_t base;

	if (!guest_half(guest, module + facts->module_state, &state) ||
	    !guest_word(guest, module + facts->module_base, &base) ||
	    !guest_half(guest, module + facts->module_text_size, &size))
		return false;
	if (text == NULL && state != MODULES_LIVE)
		return true;
	modules_judge(modules, guest, module, base, size, findings);
	if (text == NULL)
		text = modules_add(modules, module, base, size / MODULES_PAGE);
	else if (text->base != base || text->pages != size / MODULES_PAGE)
		modules_note(guest, text, text->base, findings);
	if (text != NULL)
		text->listed = true;
	if (text == NULL || (text->known < text->pages && !modules_learn(modules, guest, text)))
		modules->behind = true;
	return true;
}

/* So many looks without a module, and it is gone: in a single one an attacker may have taken it
 * out of the list, to have its changed text taken for a new module's. */
static void modules_leave(struct modules *modules, struct findings *findings)
{
	for (uint32_t i = modules->count; i > 0; i--) {
		struct modules_text *text = &modules->entry[i - 1];

		text->absent = text->listed ? 0 : text->absent + 1;
		if (text->absent != FINDINGS_LOOKS)
			continue;
		findings->missed = true; /* the next page is another one */
		modules_drop(modules, i - 1);
	}
}

static bool modules_walk(struct modules *modules, const struct guest *guest,
                         struct findings *findings)
{
	const struct watchfacts *facts = guest->facts;
	const uint64_t head = guest_address(guest, facts->modules);
	uint64_t at;

	for (uint32_t i = 0; i < modules->count; i++)
		modules->entry[i].listed = false;
	if (!guest_word(guest, head, &at))
		return false;
	for (uint32_t i = 0; at != head; i++)
		if (i == MODULES_MOST ||
		    !modules_meet(modules, guest, at - facts->module_list, findings) ||
		    !guest_word(guest, at, &at))
			return false;
	modules_leave(modules, findings);
	return true;
}

/* ---- looks ---- */

/* The text of a known page is as it was, or as the kernel itself changes it. */
static bool modules_is_right(struct modules *modules, const struct guest *guest,
                             const struct modules_text *text, uint32_t page)
{
	const uint64_t place = text->base + (uint64_t)page * MODULES_PAGE;
	uint64_t *plain = &modules->plain[text->first + page];
	struct modules_part part = {.text = text, .base = place, .pages = 1};
	uint64_t now, masked;

	if (!modules_sum(modules, guest, place, &now))
		return false;
	if (now == *plain)
		return true;
	masked = now;
	part.sum = &masked;
	if (!modules_unprobe(modules, guest, place, &masked) ||
	    !modules_mask_all(modules, guest, &part) ||
	    masked != modules->masked[text->first + page])
		return false;
	*plain = now;
	return true;
}

/* A page that isn't to be seen any more, or whose tables aren't, has changed. False: can't tell,
 * as the look's work is done. */
static bool modules_compare(struct modules *modules, const struct guest *guest,
                            const struct modules_text *text, uint32_t page,
                            struct findings *findings)
{
	findings->missed |= !text->listed;
	if (!text->listed || page >= text->known || modules_is_right(modules, guest, text, page))
		return true;
	if (modules->work == 0)
		return false;
	modules_note(guest, text, text->base + (uint64_t)page * MODULES_PAGE, findings);
	return true;
}

/* The module that has a page; NULL: none has it any more. */
static const struct modules_text *modules_of(const struct modules *modules, uint64_t place)
{
	for (uint32_t i = 0; i < modules->count; i++)
		if (place - modules->entry[i].base <
		    (uint64_t)modules->entry[i].pages * MODULES_PAGE)
			return &modules->entry[i];
	return NULL;
}

bool modules_have(const struct modules *modules, uint64_t address)
{
	return modules_of(modules, address) != NULL;
}

const uint32_t *modules_right(struct modules *modules, const struct guest *guest, uint64_t page)
{
	const struct modules_text *text = modules_of(modules, page);
	const struct modules_part part = {
	    .text = text, .base = page, .pages = 1, .right = modules->right};
	const volatile uint32_t *word = modules_page(guest, page);
	uint32_t copied;

	if (text == NULL || word == NULL)
		return NULL;
	copied = modules->copied[text->first + (page - text->base) / MODULES_PAGE];
	if (copied == 0)
		return NULL;
	memcpy(modules->right, modules->copy[copied - 1], sizeof(modules->right));
	for (uint32_t i = 0; i < MODULES_WORDS; i++)
		modules->found[i] = word[i];
	modules->work = MODULES_WORK;
	modules->steps = SITES_STEPS;
	if (!modules_mask_all(modules, guest, &part))
		return NULL;
	for (uint32_t i = 0; i < MODULES_WORDS; i++)
		if (modules->found[i] == SITES_BREAK &&
		    sites_probed_at(guest, page + i * sizeof(*word), &modules->steps) ==
		        modules->right[i])
			modules->right[i] = SITES_BREAK;
	return modules->right;
}

static bool modules_again(struct modules *modules, const struct guest *guest,
                          struct findings *findings)
{
	bool good = true;

	for (uint32_t i = 0; i < FINDINGS_MAX; i++) {
		const uint64_t place = findings->entry[i].where;
		const struct modules_text *text =
		    findings->entry[i].used ? modules_of(modules, place) : NULL;

		if (text != NULL)
			good &= modules_compare(modules, guest, text,
			                        (uint32_t)((place - text->base) / MODULES_PAGE),
			                        findings);
	}
	return good;
}

/* The next page in the order of the sums. One that nobody can tell of stays the next. */
static bool modules_next(struct modules *modules, const struct guest *guest,
                         struct findings *findings)
{
	const uint32_t next = modules->next < modules->pages ? modules->next : 0;

	if (next == 0)
		findings_round(findings, guest->now);
	for (uint32_t i = 0; i < modules->count; i++) {
		const struct modules_text *text = &modules->entry[i];

		if (next - text->first < text->pages &&
		    !modules_compare(modules, guest, text, next - text->first, findings))
			return false;
	}
	modules->next = next + 1;
	return true;
}

bool modules_look(struct modules *modules, const struct guest *guest, uint32_t pages,
                  struct findings *findings)
{
	bool good;

	if (guest->facts->modules == 0)
		return true;
	modules->work = MODULES_WORK;
	modules->steps = SITES_STEPS;
	modules->learn = MODULES_LEARN;
	modules->behind = false;
	findings_begin(findings);
	good = modules_walk(modules, guest, findings) && modules_again(modules, guest, findings);
	for (uint32_t i = 0; i < pages && i < modules->pages && good; i++)
		good = modules_next(modules, guest, findings);
	if (good)
		findings_end(findings);
	else
		findings_undo(findings);
	return good && !modules->behind;
}
