/* See rulebook.h. A rule in kept memory counts when its first word is RULE_MAGIC, which is written
 * last. */
#include "rulebook.h"
#include <lib/crc32c.h>
#include <lib/string.h>

#define RULEBOOK_MAGIC 0x4b4f4f42454c5552ULL /* "RULEBOOK" */
#define RULEBOOK_HEAD  4096u                 /* bytes before the rules */

/* ---- kept memory ---- */

static void rulebook_begin(struct rulebook *book, uint32_t index)
{
	struct rulebook_entry *entry = &book->entry[index];

	findings_forget(&entry->findings);
	entry->findings.tell = book->tell_finding;
	entry->findings.sure = entry->rule->seen;
	entry->cant = entry->turn = 0;
	entry->crowded = false;
	entry->awake = entry->rule->on != 0;
	entry->used = true;
}

static void rulebook_free(struct rulebook_entry *entry)
{
	entry->used = false;
	findings_forget(&entry->findings);
	__atomic_store_n(&entry->rule->magic, 0, __ATOMIC_RELEASE);
}

/* The entry of that name; RULE_MOST: there is none. */
static uint32_t rulebook_named(const struct rulebook *book, const char *name)
{
	uint32_t i = 0;

	while (i < RULE_MOST &&
	       !(book->entry[i].used && string_equal(book->entry[i].rule->name, name)))
		i++;
	return i;
}

static uint32_t rulebook_unused(const struct rulebook *book)
{
	uint32_t i = 0;

	while (i < RULE_MOST && book->entry[i].used)
		i++;
	return i;
}

/* The rule was checked. The one of that name goes when the new one is whole, or before it if no
 * other entry is free. */
static bool rulebook_put(struct rulebook *book, const struct rule *rule)
{
	const uint32_t old = rulebook_named(book, rule->name), unused = rulebook_unused(book);
	const uint32_t place = unused < RULE_MOST ? unused : old;
	const size_t first = sizeof(rule->magic);

	if (place == RULE_MOST)
		return false;
	rulebook_free(&book->entry[place]);
	memcpy((uint8_t *)book->entry[place].rule + first, (const uint8_t *)rule + first,
	       rule->size - first);
	__atomic_store_n(&book->entry[place].rule->magic, RULE_MAGIC, __ATOMIC_RELEASE);
	if (old < RULE_MOST && place != old)
		rulebook_free(&book->entry[old]);
	rulebook_begin(book, place);
	return true;
}

/* Tells of a rule that isn't taken; each byte of its name may be wrong. */
static void rulebook_leave_out(const struct rulebook *book, enum rulebook_event event,
                               const struct rule *rule)
{
	char name[RULE_NAME] = "";

	for (uint32_t i = 0; i + 1 < RULE_NAME && rule->name[i] != '\0'; i++)
		name[i] = rule->name[i] > ' ' && rule->name[i] <= '~' ? rule->name[i] : '?';
	book->tell(event, name);
}

/* The boot image's rules, one behind the other. One that is damaged is left out; if its size can't
 * be right, nobody knows where the next one is. */
static void rulebook_load(struct rulebook *book, const uint8_t *file, size_t size)
{
	while (size >= sizeof(struct rule)) {
		const struct rule *rule = (const struct rule *)(const void *)file;
		const uint32_t its = rule->size;
		const bool whole = its >= sizeof(*rule) && its <= size && its % 8 == 0;

		if (rule->magic == 0)
			return; /* the window's last page is filled up with zeros */
		if (!whole || rule_check(rule, its, book->kernel) != NULL)
			rulebook_leave_out(book, RULEBOOK_REFUSED, rule);
		else if (!rulebook_put(book, rule))
			rulebook_leave_out(book, RULEBOOK_FULL, rule);
		if (!whole)
			return;
		file += its;
		size -= its;
	}
}

/* What a watcher before this one kept; damaged rules are left out. Of one name there are two if it
 * ended as it replaced the rule. */
static void rulebook_take(struct rulebook *book)
{
	for (uint32_t i = 0; i < RULE_MOST; i++) {
		struct rulebook_entry *entry = &book->entry[i];
		const size_t size = entry->rule->size;

		if (entry->rule->magic == 0)
			continue;
		if (size > RULE_SIZE_MAX || rule_check(entry->rule, size, book->kernel) != NULL)
			rulebook_leave_out(book, RULEBOOK_REFUSED, entry->rule);
		else if (rulebook_named(book, entry->rule->name) < RULE_MOST)
			rulebook_free(entry);
		else
			rulebook_begin(book, i);
	}
}

static struct rule *rulebook_slot(const void *kept, uint32_t index)
{
	return (struct rule *)((uintptr_t)kept + RULEBOOK_HEAD + index * (size_t)RULE_SIZE_MAX);
}

bool rulebook_open(struct rulebook *book, void *kept, const struct watchfacts *facts,
                   const void *file, size_t size)
{
	book->magic = kept;
	book->kernel = crc32c(0, facts->banner, WATCHFACTS_BANNER);
	for (uint32_t i = 0; i < RULE_MOST; i++)
		book->entry[i].rule = rulebook_slot(kept, i);
	if (*book->magic == RULEBOOK_MAGIC) {
		rulebook_take(book);
		return true;
	}
	for (uint32_t i = 0; i < RULE_MOST; i++)
		rulebook_free(&book->entry[i]);
	rulebook_load(book, file, size);
	__atomic_store_n(book->magic, RULEBOOK_MAGIC, __ATOMIC_RELEASE);
	return false;
}

/* ---- looks ---- */

struct rulebook_look {
	struct rulebook *book;
	const struct guest *guest;
	struct findings *findings;
	const struct rule *its;
	uint32_t rule;   /* its number */
	uint32_t number; /* findings so far that weren't told yet */
	bool trial;      /* nobody is */
	bool lost;       /* nobody can be */
};

static bool rulebook_is_told(const struct findings *findings, uint64_t where)
{
	for (uint32_t i = 0; i < FINDINGS_MAX; i++)
		if (findings->entry[i].told && findings->entry[i].where == where)
			return true;
	return false;
}

/* Whether a finding counts as such. If the rule says `still`, a look asks about one that wasn't
 * told yet, so that a guest with many of them doesn't stand long; each has its turn. */
static bool rulebook_takes(struct rulebook_look *look, const struct rules_found *found)
{
	struct rulebook *book = look->book;
	enum still_result result;

	if (look->its->still == 0 || rulebook_is_told(look->findings, found->where))
		return true;
	look->lost |= found->reads > RULES_READS;
	if (look->trial || look->lost)
		return !look->lost;
	if (look->number++ != book->entry[look->rule].turn)
		return false;
	result = still_look(book->ask, look->guest, &book->memory, found->reads);
	look->lost = result == STILL_CANT;
	return result == STILL_SAME;
}

static void rulebook_note(void *to, const struct rules_found *found)
{
	struct rulebook_look *look = to;
	struct finding finding = {.kind = FINDING_RULE,
	                          .where = found->where,
	                          .value = look->rule,
	                          .lack = found->lack,
	                          .leads = found->leads,
	                          .still = found->still,
	                          .task = look->its->tasks != 0};

	if (!rulebook_takes(look, found))
		return;
	memcpy(finding.name, found->text, string_length(found->text) + 1);
	findings_note(look->findings, &finding);
}

/* ms between looks that can't tell */
static uint32_t rulebook_pace(const struct rule *rule)
{
	return rule->on != 0 ? RULE_EVERY : rule->every;
}

/* ms */
static uint32_t rulebook_patience(const struct rulebook_entry *entry)
{
	const uint32_t looks = rulebook_pace(entry->rule) * RULEBOOK_PATIENCE;

	return looks > RULEBOOK_PATIENCE_MS ? looks : RULEBOOK_PATIENCE_MS;
}

static bool rulebook_gave_up(const struct rulebook_entry *entry)
{
	return entry->cant >= rulebook_patience(entry);
}

static void rulebook_tell(struct rulebook *book, uint32_t index, bool can)
{
	struct rulebook_entry *entry = &book->entry[index];
	const bool gave_up = rulebook_gave_up(entry);

	if (!can && !gave_up) {
		entry->cant += rulebook_pace(entry->rule);
		if (rulebook_gave_up(entry))
			book->tell(RULEBOOK_CANT, entry->rule->name);
	}
	if (can && gave_up)
		book->tell(RULEBOOK_CAN, entry->rule->name);
	if (can)
		entry->cant = 0;
	if (entry->findings.crowded == entry->findings.sure && !entry->crowded) {
		entry->crowded = true;
		book->tell(RULEBOOK_CROWDED, entry->rule->name);
	}
}

static struct rules_kernel rulebook_kernel(const struct rulebook *book, const struct guest *guest)
{
	struct rules_kernel kernel = {
	    .walk = &guest->walk,
	    .cache = guest->cache,
	    .base = guest->base,
	    .text = guest_address(guest, guest->facts->text),
	    .text_end = guest_address(guest, guest->facts->text_end + guest->facts->shared),
	    .constants_end = guest_address(guest, guest->facts->constants_end)};

	memcpy(kernel.condemned, book->condemned, sizeof(kernel.condemned));
	return kernel;
}

/* Of more areas the last one gives way. */
void rulebook_condemn(struct rulebook *book, struct rules_area area)
{
	uint32_t i = 0;

	while (i + 1 < RULES_AREAS && book->condemned[i].size != 0 &&
	       book->condemned[i].base != area.base)
		i++;
	book->condemned[i] = area;
}

static bool rulebook_looks(struct rulebook *book, struct rulebook_look *look)
{
	const struct rules_kernel kernel = rulebook_kernel(book, look->guest);
	const struct rules_ear ear = {rulebook_note, look};

	return rules_look(look->its, &kernel, &book->memory, &ear) && !look->lost;
}

static bool rulebook_has_found(const struct findings *findings)
{
	for (uint32_t i = 0; i < FINDINGS_MAX; i++)
		if (findings->entry[i].used)
			return true;
	return false;
}

static void rulebook_one(struct rulebook *book, uint32_t index, const struct guest *guest,
                         bool used)
{
	struct rulebook_entry *entry = &book->entry[index];
	struct rulebook_look look = {.book = book,
	                             .guest = guest,
	                             .findings = &entry->findings,
	                             .its = entry->rule,
	                             .rule = index};
	bool can;

	findings_round(&entry->findings, guest->now);
	findings_begin(&entry->findings);
	can = used && rulebook_looks(book, &look);
	if (can)
		findings_end(&entry->findings);
	else
		findings_undo(&entry->findings);
	entry->findings.missed |= look.number != 0; /* some may not be noted */
	entry->turn = entry->turn + 1 < look.number ? entry->turn + 1 : 0;
	entry->awake = entry->rule->on != 0 &&
	               (!can || look.number != 0 || rulebook_has_found(&entry->findings));
	rulebook_tell(book, index, can);
	guest_beat(guest);
}

void rulebook_event(struct rulebook *book, enum rule_event event)
{
	for (uint32_t i = 0; i < RULE_MOST; i++)
		if (book->entry[i].used)
			book->entry[i].awake |= (book->entry[i].rule->on >> event & 1) != 0;
}

static bool rulebook_is_due(const struct rulebook *book, const struct rulebook_entry *entry)
{
	return entry->used &&
	       (entry->awake ||
	        (entry->rule->every != 0 && book->looks % (entry->rule->every / RULE_EVERY) == 0));
}

void rulebook_look(struct rulebook *book, const struct guest *guest, bool used)
{
	book->looks++;
	book->guest = used ? guest : NULL;
	for (uint32_t i = 0; i < RULE_MOST; i++)
		if (rulebook_is_due(book, &book->entry[i]))
			rulebook_one(book, i, guest, used);
}

static bool rulebook_entry_is_open(const struct rulebook_entry *entry)
{
	return entry->used && entry->rule->every < RULEBOOK_SLOW && findings_open(&entry->findings);
}

bool rulebook_is_open(const struct rulebook *book)
{
	for (uint32_t i = 0; i < RULE_MOST; i++)
		if (rulebook_entry_is_open(&book->entry[i]))
			return true;
	return false;
}

void rulebook_again(struct rulebook *book, const struct guest *guest)
{
	for (uint32_t i = 0; i < RULE_MOST; i++)
		if (rulebook_entry_is_open(&book->entry[i]))
			rulebook_one(book, i, guest, true);
}

void rulebook_pause(struct rulebook *book)
{
	book->guest = NULL;
}

bool rulebook_is_sound(const struct rulebook *book, const void *kept)
{
	bool sound = book->magic == kept && *book->magic == RULEBOOK_MAGIC &&
	             book->coming_size <= RULE_SIZE_MAX && book->coming_have <= book->coming_size;

	for (uint32_t i = 0; i < RULE_MOST && sound; i++) {
		const struct rulebook_entry *entry = &book->entry[i];
		const struct rule *rule = entry->rule;

		sound = rule == rulebook_slot(kept, i) &&
		        entry->used == (rule_check(rule, rule->size, book->kernel) == NULL) &&
		        (!entry->used || entry->findings.sure == rule->seen);
	}
	return sound;
}

void rulebook_forget(struct rulebook *book)
{
	rulebook_pause(book);
	memset(book->condemned, 0, sizeof(book->condemned));
	for (uint32_t i = 0; i < RULE_MOST; i++)
		if (book->entry[i].used)
			rulebook_begin(book, i);
}

/* ---- calls ---- */

static enum rules_status rulebook_come(struct rulebook *book, const uint64_t word[8])
{
	if (word[1] < sizeof(struct rule) || word[1] > RULE_SIZE_MAX)
		return RULES_BAD;
	book->coming_size = (uint32_t)word[1];
	book->coming_have = 0;
	return RULES_OK;
}

/* Parts come in their order; one may come again. */
static enum rules_status rulebook_part(struct rulebook *book, const uint64_t word[8])
{
	const uint64_t at = word[1];
	uint32_t count;

	if (at > book->coming_have || at >= book->coming_size)
		return RULES_BAD;
	count = book->coming_size - (uint32_t)at;
	count = count < RULES_PART_SIZE ? count : RULES_PART_SIZE;
	memcpy((uint8_t *)book->coming + at, &word[2], count);
	if (at + count > book->coming_have)
		book->coming_have = (uint32_t)at + count;
	return RULES_OK;
}

static enum rules_status rulebook_refuse(uint64_t word[8], const char *why)
{
	char text[7 * sizeof(uint64_t)] = "";
	const size_t length = string_length(why);

	memcpy(text, why, length < sizeof(text) ? length : sizeof(text) - 1);
	memcpy(&word[1], text, sizeof(text));
	return RULES_REFUSED;
}

/* NULL: the rule that came is whole and good. */
static const char *rulebook_came(const struct rulebook *book)
{
	if (book->coming_size == 0 || book->coming_have != book->coming_size)
		return "it came in parts, and not whole; give it again";
	return rule_check(book->coming, book->coming_size, book->kernel);
}

static enum rules_status rulebook_add(struct rulebook *book, uint64_t word[8])
{
	const char *why = rulebook_came(book);

	if (why != NULL)
		return rulebook_refuse(word, why);
	return rulebook_put(book, (const struct rule *)(const void *)book->coming) ? RULES_OK
	                                                                           : RULES_FULL;
}

static enum rules_status rulebook_try(struct rulebook *book, uint64_t word[8])
{
	const char *why = rulebook_came(book);
	struct rulebook_look look = {.book = book,
	                             .guest = book->guest,
	                             .findings = &book->trial,
	                             .its = (const struct rule *)(const void *)book->coming,
	                             .trial = true};
	bool can;

	findings_forget(&book->trial);
	if (why != NULL)
		return rulebook_refuse(word, why);
	if (book->guest == NULL)
		return RULES_NO_GUEST;
	guest_forget(book->guest);
	findings_begin(&book->trial);
	can = rulebook_looks(book, &look);
	if (!can)
		findings_forget(&book->trial);
	word[1] = 0;
	for (uint32_t i = 0; i < FINDINGS_MAX; i++)
		word[1] += book->trial.entry[i].used;
	word[2] = can ? book->trial.dropped : 2;
	return RULES_OK;
}

static enum rules_status rulebook_found(const struct rulebook *book, uint64_t word[8])
{
	const uint64_t index = word[1], from = word[2];

	if (index >= FINDINGS_MAX || !book->trial.entry[index].used ||
	    from > FINDINGS_NAME - RULES_PART_SIZE)
		return RULES_BAD;
	memcpy(&word[1], &book->trial.entry[index].name[from], RULES_PART_SIZE);
	return RULES_OK;
}

static enum rules_status rulebook_remove(struct rulebook *book, const uint64_t word[8])
{
	char name[RULE_NAME + 1] = "";
	uint32_t place;

	memcpy(name, &word[1], RULE_NAME);
	place = rulebook_named(book, name);
	if (place == RULE_MOST)
		return RULES_NO_RULE;
	rulebook_free(&book->entry[place]);
	return RULES_OK;
}

uint32_t rulebook_count(const struct rulebook_entry *entry, bool *lost)
{
	uint32_t told = 0;

	for (uint32_t i = 0; i < FINDINGS_MAX; i++)
		told += entry->findings.entry[i].used && entry->findings.entry[i].told;
	*lost = rulebook_gave_up(entry);
	return told;
}

static enum rules_status rulebook_entry(const struct rulebook *book, uint64_t word[8])
{
	const struct rulebook_entry *entry = &book->entry[word[1] % RULE_MOST];
	bool lost;

	if (word[1] >= RULE_MOST || !entry->used)
		return RULES_NO_RULE;
	memcpy(&word[1], entry->rule->name, RULE_NAME);
	word[5] = entry->rule->every | (uint64_t)entry->rule->seen << 32 |
	          (uint64_t)entry->rule->severity << 40 | (uint64_t)entry->rule->on << 48 |
	          (uint64_t)entry->rule->still << 56;
	word[6] = rulebook_count(entry, &lost);
	word[7] = lost;
	return RULES_OK;
}

void rulebook_serve(struct rulebook *book, uint64_t word[8])
{
	switch (word[0]) {
	case RULES_BEGIN:
		word[0] = rulebook_come(book, word);
		return;
	case RULES_PART:
		word[0] = rulebook_part(book, word);
		return;
	case RULES_ADD:
		word[0] = rulebook_add(book, word);
		return;
	case RULES_REMOVE:
		word[0] = rulebook_remove(book, word);
		return;
	case RULES_ENTRY:
		word[0] = rulebook_entry(book, word);
		return;
	case RULES_TRY:
		word[0] = rulebook_try(book, word);
		return;
	case RULES_FOUND:
		word[0] = rulebook_found(book, word);
		return;
	default:
		word[0] = RULES_BAD;
		return;
	}
}
