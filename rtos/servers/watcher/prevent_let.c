/* See prevent_let.h. */
#include "prevent_let.h"
#include "mappings.h"
#include <kumiki/rtos/note.h>
#include <lib/string.h>

#define LET_DEPTH 64u /* of the tree; one of all memory's pages is no deeper */
#define LET_LOOKS 3u  /* without the code, until it isn't there */

/* ---- words ---- */

/* Whether `text` goes on with this word; then it leads behind that and the spaces that follow. */
static bool let_word(const char **text, const char *word)
{
	const char *at = *text;

	while (*word != '\0' && *at == *word) {
		at++;
		word++;
	}
	if (*word != '\0' || (*at != ' ' && *at != '\0'))
		return false;
	while (*at == ' ')
		at++;
	*text = at;
	return true;
}

bool prevent_is_let(const char *argument)
{
	return let_word(&argument, RTOS_LET);
}

const char *prevent_let(struct prevent *prevent, const char *argument)
{
	static const char *const words[WATCHFACTS_MAKERS] = {RTOS_LET_WORDS};
	uint32_t word = 0;

	(void)let_word(&argument, RTOS_LET);
	do {
		for (word = 0; word < WATCHFACTS_MAKERS && !let_word(&argument, words[word]);)
			word++;
		if (word == WATCHFACTS_MAKERS)
			return "behind 'let' stand 'jit', 'probes' or both";
		prevent->lets[word] = true;
	} while (*argument != '\0');
	return NULL;
}

bool prevent_lets(const struct prevent *prevent, enum watchfacts_maker maker)
{
	const struct watchfacts *facts = prevent->guest->facts;

	return prevent->lets[maker] && facts->areas != 0 && facts->maker[maker] != 0;
}

/* ---- the kernel's areas ---- */

/* The code that asked for the memory at an address; 0: there is none. */
static uint64_t let_asker(const struct guest *guest, uint64_t address)
{
	const struct watchfacts *facts = guest->facts;
	uint64_t node, begin, end, memory, asker;

	if (!guest_word(guest, guest_address(guest, facts->areas), &node))
		return 0;
	for (uint32_t i = 0; i < LET_DEPTH && node != 0; i++) {
		const uint64_t area = node - facts->area_node;

		if (!guest_word(guest, area + facts->area_begin, &begin) ||
		    !guest_word(guest, area + facts->area_end, &end))
			return 0;
		if (address >= begin && address < end)
			return guest_word(guest, area + facts->area_memory, &memory) &&
			               guest_word(guest, memory + facts->memory_asker, &asker)
			           ? asker
			           : 0;
		if (!guest_word(guest,
		                node + (address < begin ? facts->tree_left : facts->tree_right),
		                &node))
			return 0;
	}
	return 0;
}

/* While the kernel still writes it, it is no code by the kernel's own tables. */
bool prevent_let_has(const struct prevent *prevent, uint64_t address, uint64_t ipa,
                     enum watchfacts_maker *maker)
{
	const struct guest *guest = prevent->guest;
	const struct watchfacts *facts = guest->facts;
	const uint64_t asker = let_asker(guest, address);
	uint64_t there;

	if (!mappings_code(guest, address, &there) || there / PREVENT_PAGE != ipa / PREVENT_PAGE)
		return false;
	for (uint32_t i = 0; i < WATCHFACTS_MAKERS; i++) {
		*maker = (enum watchfacts_maker)i;
		if (asker - guest_address(guest, facts->maker[i]) <
		    facts->maker_end[i] - facts->maker[i])
			return true;
	}
	return false;
}

bool prevent_let_is_sure(struct prevent *prevent, uint32_t vcpu, const struct watch_fault *fault)
{
	struct prevent_absent *absent = &prevent->absent[vcpu];

	if (absent->changes != fault->changes || absent->starts != prevent->starts)
		*absent = (struct prevent_absent){fault->changes, prevent->starts, 0};
	return ++absent->looks >= LET_LOOKS;
}

/* ---- breakpoints ---- */

/* Whether it is known which instruction comes back behind a breakpoint: the baseline's. */
static bool let_knows(const struct prevent *prevent)
{
	return *prevent->watching && *prevent->life == prevent->starts &&
	       prevent->baseline->head->kernel == prevent->image.kernel;
}

/* Before that none is set, and one that is there stays for so long. A kernel that hits one and
 * can't execute its slot panics. */
bool prevent_let_probe(const struct prevent *prevent, const struct watch_fault *fault,
                       uint32_t *verdict)
{
	const struct guest *image = &prevent->image;
	const uint32_t place = (uint32_t)(fault->address - image->kernel);
	const uint32_t *copy;
	uint32_t now, right;
	uint64_t at;

	if (!prevent_lets(prevent, WATCHFACTS_SLOTS) || fault->address % sizeof(now) != 0 ||
	    !guestwalk_memory(&image->walk, fault->address, &at))
		return false;
	now = *(const volatile uint32_t *)(uintptr_t)at;
	*verdict = 0;
	if (!let_knows(prevent))
		return now == SITES_BREAK;
	copy = (const uint32_t *)(const void *)baseline_copy(prevent->baseline, image, place);
	right = copy[place % BASELINE_PAGE / sizeof(*copy)];
	*verdict = WATCH_FAULT_STORE;
	return (uint32_t)fault->value == SITES_BREAK
	           ? now == right
	           : now == SITES_BREAK && (uint32_t)fault->value == right;
}
