/* See mend.h. */
#include "mend.h"
#include "ladder.h"
#include "mappings.h"
#include "mend_change.h"

#define MEND_INDEX 8  /* the first bit of a change's index */
#define MEND_LOCK  0u /* the index of the change that looks at the lock */
#define MEND_WORDS (BASELINE_PAGE / sizeof(uint64_t))
#define MEND_LINKS 4096u         /* of a list */
#define MEND_LOW   0xffffffffULL /* half a word: an instruction */

/* ---- the frame ---- */

static enum mend_result mend_ask(const struct mender *mender, const struct mend *mend,
                                 bool has_lock)
{
	const uint32_t answer = mender->ask(mend);

	switch (answer & MEND_KIND) {
	case WATCH_MEND_DONE:
		return MEND_DONE;
	case WATCH_MEND_DIFFERS:
		return has_lock && answer >> MEND_INDEX == MEND_LOCK ? MEND_LOCKED : MEND_CHANGED;
	case WATCH_MEND_ASKED:
	case WATCH_MEND_LATE:
	case WATCH_MEND_REFUSED:
		return MEND_BUSY;
	case MEND_ASK_SEALED:
		return MEND_SEALED;
	default:
		return MEND_REFUSED;
	}
}

/* ---- what becomes of a finding ---- */

static bool mend_wants(const struct finding *finding)
{
	return finding->used && finding->told && finding->now && finding->fresh &&
	       !finding->mend.over && !finding->mend.held && finding->mend.act == LADDER_MEND;
}

static void mend_note(const struct mender *mender, struct finding *finding, enum mend_result result)
{
	struct finding_mend *mend = &finding->mend;

	if (result == MEND_DONE) {
		mend->done = true;
		finding->fresh = false;
		return;
	}
	if (result == MEND_LOCKED || result == MEND_BUSY)
		mend->over = ++mend->waits == MEND_WAITS;
	else
		mend->over = ++mend->fails == MEND_FAILS || result == MEND_UNKNOWN ||
		             result == MEND_RIGHTS || result == MEND_SEALED ||
		             result == MEND_MODULE;
	if (mend->over)
		mender->tell(finding, result);
}

/* A finding that was mended, and is there still. */
static void mend_came_back(const struct mender *mender, struct finding *finding)
{
	if (!finding->used || !finding->now || !finding->fresh || !finding->mend.done ||
	    finding->mend.act != LADDER_MEND)
		return;
	finding->mend.done = false;
	mend_note(mender, finding, MEND_BACK);
}

/* ---- text ---- */

/* The halves of a word that are foreign: the other one may change meanwhile. */
static uint64_t mend_foreign(uint64_t word, uint64_t right)
{
	const uint64_t foreign = word ^ right;

	return ((foreign & MEND_LOW) != 0 ? MEND_LOW : 0) |
	       ((foreign & ~MEND_LOW) != 0 ? ~MEND_LOW : 0);
}

/* Adds what is foreign of the words of a page, one after the other, and asks the frame when there
 * is no room for more, and behind the last one. */
static enum mend_result mend_next(const struct mender *mender, struct mend *mend, uint32_t index,
                                  struct watch_change change)
{
	enum mend_result result = MEND_DONE;

	if (change.mask != 0)
		mend_add(mend, change);
	if (mend->count == WATCH_CHANGES || (index + 1 == MEND_WORDS && mend->count != 0)) {
		result = mend_ask(mender, mend, false);
		mend->count = 0;
	}
	return result;
}

/* A breakpoint is never written. */
static enum mend_result mend_page(const struct mender *mender, const struct guest *guest,
                                  const struct baseline *baseline, uint32_t place, uint32_t *steps)
{
	const volatile uint64_t *text = guest_page(guest, place);
	const uint64_t *copy = baseline_copy(baseline, guest, place);
	enum mend_result result = MEND_DONE;
	struct mend mend = {.count = 0};

	if (text == NULL)
		return MEND_UNKNOWN;
	for (uint32_t i = 0; i < MEND_WORDS && result == MEND_DONE; i++) {
		const uint32_t at = place + i * (uint32_t)sizeof(*copy);
		const uint64_t word = text[i];
		const uint64_t right = sites_right(guest, at, copy[i], word, steps);
		const uint64_t mask = mend_foreign(word, right);

		if (sites_breaks(guest, at, right & mask))
			return MEND_UNKNOWN;
		result = mend_next(mender, &mend, i,
		                   (struct watch_change){guest->kernel + at, mask, word, right});
	}
	return result;
}

void mend_text(const struct mender *mender, const struct guest *guest,
               const struct baseline *baseline, struct findings *findings)
{
	uint32_t steps = SITES_STEPS; /* of all pages, as in a look */

	for (uint32_t i = 0; i < FINDINGS_MAX; i++) {
		struct finding *finding = &findings->entry[i];

		mend_came_back(mender, finding);
		if (!mend_wants(finding))
			continue;
		mend_note(mender, finding,
		          finding->elsewhere ? MEND_UNKNOWN
		                             : mend_page(mender, guest, baseline,
		                                         (uint32_t)finding->where, &steps));
	}
}

/* ---- modules ---- */

/* If the kernel changes the page after it was read, the frame writes nothing there. */
static enum mend_result mend_module(const struct mender *mender, const struct guest *guest,
                                    struct modules *modules, uint64_t page)
{
	const uint32_t *right = modules_right(modules, guest, page);
	enum mend_result result = MEND_DONE;
	struct mend mend = {.count = 0};
	struct watch_change change;

	if (right == NULL)
		return MEND_UNKNOWN;
	for (uint32_t i = 0; i < MEND_WORDS && result == MEND_DONE; i++) {
		const uint64_t at = page + i * sizeof(uint64_t);

		change.expected = modules->found[2 * i] | (uint64_t)modules->found[2 * i + 1] << 32;
		change.value = right[2 * i] | (uint64_t)right[2 * i + 1] << 32;
		if (!guest_ipa(guest, at, &change.address))
			return MEND_UNKNOWN;
		change.mask = mend_foreign(change.expected, change.value);
		if (sites_has_break(change.value & change.mask) || !mend_may_write(guest, &change))
			return MEND_UNKNOWN;
		result = mend_next(mender, &mend, i, change);
	}
	return result;
}

void mend_modules(const struct mender *mender, const struct guest *guest, struct modules *modules,
                  struct findings *findings)
{
	for (uint32_t i = 0; i < FINDINGS_MAX; i++) {
		struct finding *finding = &findings->entry[i];

		mend_came_back(mender, finding);
		if (mend_wants(finding) && finding->kind == FINDING_MODULE)
			mend_note(mender, finding,
			          mend_module(mender, guest, modules, finding->where));
	}
}

/* ---- page tables ---- */

static bool mend_may_write_all(const struct guest *guest, const struct watch_change *change,
                               uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		if (!mend_may_write(guest, &change[i]))
			return false;
	return count != 0;
}

/* A way to text may be the kernel's own, if its CPU didn't get on since the first look. */
static enum mend_result mend_mapping(const struct mender *mender, const struct guest *guest,
                                     const struct modules *modules, const struct finding *finding)
{
	const uint32_t lock = guest->facts->text_lock;
	const bool is_text = modules_have(modules, finding->where), is_way = finding->elsewhere;
	struct watch_change change[MAPPINGS_GROUP];
	const uint32_t count = mappings_right(guest, finding, is_text, change);
	struct mend mend = {.count = 0};

	if (!mend_may_write_all(guest, change, count) || (is_way && lock == 0))
		return MEND_UNKNOWN;
	if (count == 1 && change[0].value == change[0].expected)
		return MEND_CHANGED;
	if (is_way)
		mend_lock(&mend, guest, lock, 0);
	for (uint32_t i = 0; i < count; i++)
		mend_add(&mend, change[i]);
	return mend_ask(mender, &mend, is_way);
}

void mend_mappings(const struct mender *mender, const struct guest *guest,
                   const struct modules *modules, struct findings *findings)
{
	for (uint32_t i = 0; i < FINDINGS_MAX; i++) {
		struct finding *finding = &findings->entry[i];

		mend_came_back(mender, finding);
		if (mend_wants(finding))
			mend_note(mender, finding, mend_mapping(mender, guest, modules, finding));
	}
}

/* ---- registers ---- */

/* Of SCTLR_EL1 the other bits may change meanwhile. */
static enum mend_result mend_register(const struct mender *mender, const struct finding *finding)
{
	const struct rules_lack *lack = &finding->lack;
	const uint64_t mask =
	    finding->kind == FINDING_CONTROL ? lack->was ^ lack->link : ~(uint64_t)0;
	const struct mend mend = {.change = {{lack->head, mask, lack->was, lack->link}},
	                          .count = 1};

	return mend_ask(mender, &mend, false);
}

void mend_vectors(const struct mender *mender, struct findings *findings)
{
	for (uint32_t i = 0; i < FINDINGS_MAX; i++) {
		struct finding *finding = &findings->entry[i];

		mend_came_back(mender, finding);
		if (finding->lack.kind != RULES_LACK_NONE && mend_wants(finding))
			mend_note(mender, finding, mend_register(mender, finding));
	}
}

/* ---- lists ---- */

/* Links the entry in at the end of the list. */
static bool mend_link(struct mend *mend, const struct guest *guest, uint64_t head, uint64_t entry)
{
	uint64_t last, next;

	return guest_word(guest, head + MEND_POINTER, &last) && last != entry &&
	       guest_word(guest, last, &next) && next == head &&
	       mend_word(mend, guest, entry, head) &&
	       mend_word(mend, guest, entry + MEND_POINTER, last) &&
	       mend_word(mend, guest, last, entry) &&
	       mend_word(mend, guest, head + MEND_POINTER, entry);
}

/* The entry at `from` leads astray. It gets the next one again: the one that leads back to it,
 * which the way back along the list finds. */
static bool mend_onward(struct mend *mend, const struct guest *guest, uint64_t from, uint64_t start)
{
	uint64_t at = start, before;

	for (uint32_t i = 0; i < MEND_LINKS; i++) {
		if (!guest_word(guest, at + MEND_POINTER, &before))
			return false;
		if (before == from)
			return mend_look_at(mend, guest, at + MEND_POINTER, from) &&
			       mend_word(mend, guest, from, at);
		at = before;
	}
	return false;
}

/* Whether the entry and the one before it lead to each other. */
static bool mend_is_behind(const struct guest *guest, uint64_t entry)
{
	uint64_t before, next;

	return guest_word(guest, entry + MEND_POINTER, &before) && before != entry &&
	       guest_word(guest, before, &next) && next == entry;
}

/* The entry at `at` leads to this one, which has to lead back, and so has the next one. */
static bool mend_backward(struct mend *mend, const struct guest *guest, uint64_t at, uint64_t entry)
{
	uint64_t first;

	return guest_word(guest, entry, &first) && mend_look_at(mend, guest, at, entry) &&
	       mend_look_at(mend, guest, entry, first) &&
	       mend_word(mend, guest, entry + MEND_POINTER, at) &&
	       (first == entry || mend_word(mend, guest, first + MEND_POINTER, entry));
}

/* The list leads to the entry, which doesn't lead back. If the entry has its place behind another
 * one, a wrong one leads to it: such a list goes in a circle. */
static bool mend_back(struct mend *mend, const struct guest *guest, uint64_t entry)
{
	const bool circles = mend_is_behind(guest, entry);
	uint64_t at = entry, before = 0, next;

	if (circles && !guest_word(guest, entry + MEND_POINTER, &before))
		return false;
	for (uint32_t i = 0; i < MEND_LINKS; i++) {
		if (!guest_word(guest, at, &next))
			return false;
		if (next == entry && at != before)
			return circles ? mend_onward(mend, guest, at, entry)
			               : mend_backward(mend, guest, at, entry);
		at = next;
	}
	return false;
}

/* Takes it out of its chain: what led to it leads on. Whoever is at it goes on, too. */
static bool mend_leave(struct mend *mend, const struct guest *guest, const struct rules_lack *lack,
                       uint64_t object)
{
	uint64_t at, next;

	return guest_word(guest, lack->head, &at) && at == object &&
	       guest_word(guest, lack->link, &next) &&
	       mend_look_at(mend, guest, lack->link, next) &&
	       mend_word(mend, guest, lack->head, next);
}

/* Only what was found there is replaced. */
static bool mend_value(struct mend *mend, const struct guest *guest, const struct rules_lack *lack)
{
	uint64_t now;

	if (lack->size == sizeof(uint32_t))
		return mend_half(mend, guest, lack->head, UINT32_MAX, (uint32_t)lack->was,
		                 (uint32_t)lack->link);
	return guest_word(guest, lack->head, &now) && now == lack->was &&
	       mend_word(mend, guest, lack->head, lack->link);
}

/* Has the object's next one lead back. If the object that this one leads back to is between them,
 * it was left out, and gets its place again. */
static bool mend_between(struct mend *mend, const struct guest *guest,
                         const struct rules_lack *lack)
{
	const uint32_t next = lack->head & 0xffff, prev = (uint32_t)(lack->head >> 16);
	const uint64_t object = lack->link;
	uint64_t after, left, word;

	if (!guest_word(guest, object + next, &after) || after == 0 ||
	    !guest_word(guest, after + prev, &left) || left == object)
		return false;
	if (guest_word(guest, left + next, &word) && word == after &&
	    guest_word(guest, left + prev, &word) && word == object)
		return mend_look_at(mend, guest, left + prev, object) &&
		       mend_look_at(mend, guest, left + next, after) &&
		       mend_word(mend, guest, object + next, left);
	return mend_look_at(mend, guest, object + next, after) &&
	       mend_change(mend, guest, after + prev, left, object);
}

/* Links the task in as the kernel itself does. */
static bool mend_relist(struct mend *mend, const struct guest *guest, uint64_t task)
{
	const struct watchfacts *facts = guest->facts;

	return mend_lives(mend, guest, task) &&
	       mend_link(mend, guest, guest_address(guest, facts->init_task) + facts->task_tasks,
	                 task + facts->task_tasks);
}

static bool mend_listing(struct mend *mend, const struct guest *guest,
                         const struct finding *finding)
{
	const struct watchfacts *facts = guest->facts;
	const uint64_t link = finding->where + facts->task_tasks;
	const uint64_t head = guest_address(guest, facts->init_task) + facts->task_tasks;

	switch (finding->kind) {
	case FINDING_NOT_IN_TREE:
		return mend_number(mend, guest, finding->where);
	case FINDING_NOT_LISTED:
		return mend_relist(mend, guest, finding->where);
	case FINDING_END:
		return mend_onward(mend, guest, link, head);
	default:
		return mend_back(mend, guest, link);
	}
}

static enum mend_result mend_task(const struct mender *mender, const struct guest *guest,
                                  const struct finding *finding)
{
	const struct watchfacts *facts = guest->facts;
	const bool number = finding->kind == FINDING_NOT_IN_TREE;
	const uint32_t lock = number ? facts->numbers_lock : facts->tasks_lock;
	struct mend mend = {.count = 0};

	if (lock == 0)
		return MEND_UNKNOWN;
	mend_lock(&mend, guest, lock, number ? 0 : facts->tasks_free);
	return mend_listing(&mend, guest, finding) ? mend_ask(mender, &mend, true) : MEND_CHANGED;
}

/* In the task list a task gets its place as the kernel's own lock has it. */
static bool mend_is_listing(const struct guest *guest, const struct rules_lack *lack)
{
	return lack->kind == RULES_LACK_LINK && guest->facts->tasks_lock != 0 &&
	       lack->head ==
	           guest_address(guest, guest->facts->init_task) + guest->facts->task_tasks;
}

static enum mend_result mend_lack(const struct mender *mender, const struct guest *guest,
                                  const struct rules_lack *lack, uint64_t object)
{
	struct mend mend = {.count = 0};
	bool known;

	if (mend_is_listing(guest, lack))
		return mend_task(mender, guest,
		                 &(struct finding){.kind = FINDING_NOT_LISTED,
		                                   .where = lack->link - guest->facts->task_tasks});
	if (lack->kind == RULES_LACK_RIGHTS && mend_has_no_rights(guest, object))
		return MEND_RIGHTS;
	if (lack->kind == RULES_LACK_LINK)
		known = mend_link(&mend, guest, lack->head, lack->link);
	else if (lack->kind == RULES_LACK_PLACE)
		known = mend_leave(&mend, guest, lack, object);
	else if (lack->kind == RULES_LACK_VALUE)
		known = mend_value(&mend, guest, lack);
	else if (lack->kind == RULES_LACK_NEXT)
		known = mend_between(&mend, guest, lack);
	else if (lack->kind == RULES_LACK_RIGHTS)
		known = mend_rights(&mend, guest, object);
	else
		known = mend_back(&mend, guest, lack->link);
	return known ? mend_ask(mender, &mend, false) : MEND_CHANGED;
}

/* The last one first: of a row of objects in a chain, each one's end is mended before its
 * beginning. */
void mend_ruled(const struct mender *mender, const struct guest *guest, struct findings *findings)
{
	for (uint32_t i = FINDINGS_MAX; i > 0; i--) {
		struct finding *finding = &findings->entry[i - 1];

		mend_came_back(mender, finding);
		if (finding->lack.kind != RULES_LACK_NONE && mend_wants(finding))
			mend_note(mender, finding,
			          mend_lack(mender, guest, &finding->lack, finding->where));
	}
}

/* ---- tasks ---- */

/* Whether the task list is broken, and may be mended yet. */
static bool mend_is_broken(const struct findings *findings)
{
	for (uint32_t i = 0; i < FINDINGS_MAX; i++) {
		const struct finding *finding = &findings->entry[i];

		if (finding->used && finding->now && !finding->mend.over &&
		    (finding->kind == FINDING_LIST || finding->kind == FINDING_END))
			return true;
	}
	return false;
}

/* A task that a broken list doesn't lead to may have its place there. So the list comes first. */
void mend_tasks(const struct mender *mender, const struct guest *guest, struct findings *findings)
{
	for (uint32_t i = 0; i < FINDINGS_MAX; i++) {
		struct finding *finding = &findings->entry[i];

		mend_came_back(mender, finding);
		if (mend_wants(finding) &&
		    (finding->kind != FINDING_NOT_LISTED || !mend_is_broken(findings)))
			mend_note(mender, finding, mend_task(mender, guest, finding));
	}
}

/* ---- a task's end ---- */

#define MEND_KILL   (1u << 8) /* SIGKILL, number 9 */
#define MEND_SIGNAL 1u        /* TIF_SIGPENDING: the task looks at its signals before it goes on */
#define MEND_INIT   1u        /* PID */

static bool mend_set(struct mend *mend, const struct guest *guest, uint64_t address, uint32_t bit)
{
	uint32_t now;

	return guest_half(guest, address, &now) &&
	       mend_half(mend, guest, address, bit, now & bit, bit);
}

bool mend_has_task(const struct finding *finding)
{
	return finding->kind == FINDING_NOT_LISTED || finding->kind == FINDING_NOT_IN_TREE ||
	       (finding->kind == FINDING_RULE && finding->task);
}

/* As the kernel itself does for each thread of a process that is to end; this thread ends the
 * others. The first processes are left alone: a Linux without init is at its end. So are kernel
 * threads: a signal doesn't end them, and has them wait for nothing any more. */
static enum mend_result mend_signal(const struct mender *mender, const struct guest *guest,
                                    uint64_t task)
{
	const struct watchfacts *facts = guest->facts;
	struct mend mend = {.count = 0};
	uint64_t handlers, memory;
	uint32_t pid;

	if (facts->task_sighand == 0 || !guest_half(guest, task + facts->task_pid, &pid) ||
	    pid <= MEND_INIT)
		return MEND_UNKNOWN;
	if (!guest_word(guest, task + facts->task_mm, &memory))
		return MEND_CHANGED;
	if (memory == 0)
		return MEND_KERNEL;
	if (!guest_word(guest, task + facts->task_sighand, &handlers) ||
	    !mend_half(&mend, guest, handlers + facts->sighand_lock, UINT32_MAX, 0, 0) ||
	    !mend_look_at(&mend, guest, task + facts->task_sighand, handlers) ||
	    !mend_look_at(&mend, guest, task + facts->task_mm, memory) ||
	    !mend_lives(&mend, guest, task) ||
	    !mend_set(&mend, guest, task + facts->task_pending, MEND_KILL) ||
	    !mend_set(&mend, guest, task + facts->task_flags, MEND_SIGNAL))
		return MEND_CHANGED;
	return mend_ask(mender, &mend, true);
}

void mend_kill(const struct mender *mender, const struct guest *guest, struct findings *findings)
{
	for (uint32_t i = 0; i < FINDINGS_MAX; i++) {
		struct finding *finding = &findings->entry[i];

		if (!finding->used || !finding->told || !finding->now || !finding->fresh ||
		    finding->mend.act != LADDER_KILL || finding->mend.over || finding->mend.done ||
		    !mend_has_task(finding))
			continue;
		mend_note(mender, finding, mend_signal(mender, guest, finding->where));
		if (finding->mend.done)
			mender->tell(finding, MEND_DONE);
	}
}

/* ---- a module's end ---- */

/* Other rules find its hooks first: they have some time to mend what leads into it. */
void mend_disarm(const struct mender *mender, struct findings *findings, uint64_t now)
{
	for (uint32_t i = 0; i < FINDINGS_MAX; i++) {
		struct finding *finding = &findings->entry[i];

		if (!finding->used || !finding->told || !finding->now ||
		    finding->mend.act != LADDER_DISARM || finding->mend.over ||
		    finding->mend.done || finding->mend.held ||
		    now - finding->mend.since < MEND_HOOKS)
			continue;
		mend_note(mender, finding, mender->disarm(finding->where));
	}
}
