/* See watch.h. */
#include "watch.h"
#include "hold.h"
#include "kind.h"
#include <lib/string.h>

const char *const watch_names[WATCH_NAMES] = {RULE_OWN_NAMES};

/* ---- the guest's life ---- */

static void watch_forget(struct watch *watch, enum watch_rule rule)
{
	watch->cant[rule] = 0;
	watch->crowded[rule] = false;
	findings_forget(&watch->findings[rule]);
}

/* Records of an earlier life are no registers of this one. After a kexec the number of starts is as
 * before. */
static void watch_begin(struct watch *watch, const struct watch_seen *seen)
{
	const bool first = watch->starts == 0;

	watch->early = !first && seen->starts != watch->starts;
	if (!first)
		watch->tell(WATCH_ANEW, WATCH_RULES);
	watch->starts = seen->starts;
	watch->guest.kernel = 0;
	watch->waited = watch->settled = watch->without = watch->moved = 0;
	watch->watching = watch->used = false;
	watch->restarts = 0;
	for (uint32_t i = 0; i < WATCH_VCPUS_MAX; i++)
		watch->changes[i] = first && seen->starts == 1 ? 0 : seen->record[i].changes;
	memset(watch->good, 0, sizeof(watch->good));
	memset(watch->blind, 0, sizeof(watch->blind));
	for (uint32_t i = 0; i < WATCH_RULES; i++)
		watch_forget(watch, (enum watch_rule)i);
	modules_forget(&watch->modules);
	mappings_forget(&watch->mappings);
	if (watch->book != NULL)
		rulebook_forget(watch->book);
}

static bool watch_is_new(const struct watch *watch, const struct watch_seen *seen, uint32_t vcpu)
{
	return seen->record[vcpu].changes != WATCH_TORN &&
	       seen->record[vcpu].changes != watch->changes[vcpu];
}

static bool watch_find(struct watch *watch)
{
	if (watch->guest.kernel != 0)
		return true;
	if (guest_find(&watch->guest)) {
		watch->tell(WATCH_FOUND, WATCH_RULES);
		return true;
	}
	if (++watch->waited == WATCH_STRANGER)
		watch->tell(WATCH_UNKNOWN, WATCH_RULES);
	return false;
}

/* The first vCPU whose tables are the kernel's will do. */
static bool watch_use(const struct watch *watch, const struct watch_seen *seen, struct guest *guest)
{
	for (uint32_t i = 0; i < seen->vcpus && i < WATCH_VCPUS_MAX; i++)
		if (watch_is_new(watch, seen, i) && guest_use(guest, &seen->record[i]))
			return true;
	return false;
}

/* A kernel at another place whose tables are used, although an older one is still in memory. */
static bool watch_use_other(const struct watch *watch, const struct watch_seen *seen,
                            struct guest *guest)
{
	*guest = watch->guest;
	guest->kernel = 0;
	while (guest_find_next(guest))
		if (guest->kernel != watch->guest.kernel && watch_use(watch, seen, guest))
			return true;
	return false;
}

static enum kind_state watch_state(const struct watch *watch)
{
	return kind_of(watch->guest.facts)->state(&watch->guest);
}

static bool watch_is_up(const struct watch *watch)
{
	return watch_state(watch) == KIND_UP;
}

/* Whether the kernel isn't the baseline's any more: after a kexec it is elsewhere, or it boots. A
 * look without the kernel's tables can't tell that it is. */
static bool watch_has_moved(struct watch *watch, const struct watch_seen *seen, bool used)
{
	struct guest other;
	const bool moved = used ? !baseline_is_of(&watch->baseline, &watch->guest) ||
	                              watch_state(watch) == KIND_BOOTS
	                        : watch_use_other(watch, seen, &other);

	if (moved)
		watch->moved++;
	else if (used)
		watch->moved = 0;
	return watch->moved == WATCH_MOVED;
}

/* False: the baseline that a predecessor took is damaged, and another one is needed. */
static bool watch_prove(struct watch *watch)
{
	if (baseline_prove(&watch->baseline))
		return true;
	baseline_drop(&watch->baseline);
	watch->watching = false;
	watch->settled = 0;
	return false;
}

/* Looks from "up" to the baseline. */
static uint32_t watch_settles(const struct watch *watch)
{
	return kind_of(watch->guest.facts)->settle * WATCH_LOOKS_SECOND;
}

/* A watcher that was started anew goes on with the baseline that its predecessor took. */
static void watch_settle(struct watch *watch, uint64_t now)
{
	const struct watchfacts *facts = watch->guest.facts;
	const bool kept = watch->settled == 0 &&
	                  baseline_is_there(&watch->baseline, &watch->guest, watch->starts, now);

	if (!kept && ++watch->settled < watch_settles(watch))
		return;
	watch->watching =
	    kept || baseline_take(&watch->baseline, &watch->guest, watch->starts, now);
	if (watch->watching && !kept && !watch->early && kind_of(facts)->contents(facts) == NULL)
		watch->tell(WATCH_LATE, WATCH_RULES);
	if (watch->watching)
		watch->tell(WATCH_BEGINS, WATCH_RULES);
}

/* ---- rules ---- */

static void watch_rule(struct watch *watch, enum watch_rule rule, bool can)
{
	uint32_t *cant = &watch->cant[rule];

	if (!can && *cant < WATCH_PATIENCE && ++*cant == WATCH_PATIENCE)
		watch->tell(WATCH_CANT, rule);
	if (can && *cant == WATCH_PATIENCE)
		watch->tell(WATCH_CAN, rule);
	if (can)
		*cant = 0;
	if (watch->findings[rule].crowded == watch->findings[rule].sure && !watch->crowded[rule]) {
		watch->crowded[rule] = true;
		watch->tell(WATCH_CROWDED, rule);
	}
}

/* A vCPU that was asked as it started, and then went off, shows for ever that its MMU is off. */
static bool watch_has_gone_off(const struct watch *watch, const struct watch_seen *seen,
                               uint32_t vcpu)
{
	return (seen->record[vcpu].sctlr & 1) == 0 &&
	       seen->record[vcpu].changes == watch->last[vcpu];
}

/* Without the registers of one vCPU nothing can be said to be gone. */
static bool watch_vectors(struct watch *watch, const struct watch_seen *seen)
{
	struct findings *findings = &watch->findings[WATCH_VECTORS];
	bool any = false;

	for (uint32_t i = 0; i < seen->vcpus && i < WATCH_VCPUS_MAX; i++)
		if (seen->record[i].changes == WATCH_TORN)
			return false;
	findings_begin(findings);
	memset(watch->vbar, 0, sizeof(watch->vbar));
	for (uint32_t i = 0; i < seen->vcpus && i < WATCH_VCPUS_MAX; i++) {
		if (!watch_is_new(watch, seen, i) || watch_has_gone_off(watch, seen, i))
			continue;
		watch->good[i].sctlr = watch->baseline.head->sctlr;
		watch->good[i].before = watch->baseline.head->vbar;
		watch->vbar[i] = seen->record[i].vbar;
		vectors_look(&watch->guest, i, &seen->record[i], &watch->good[i], findings);
		any = true;
	}
	for (uint32_t i = 0; i < WATCH_VCPUS_MAX; i++)
		watch->last[i] = seen->record[i].changes;
	if (any)
		findings_end(findings);
	/* Registers that are seen now were asked for at the look before. */
	findings_round(findings, seen->now);
	return any;
}

/* ---- what follows ---- */

/* `line`: the rule's name for the ladder. */
static void watch_step(struct watch *watch, const char *line, const char *rule,
                       struct finding *finding, uint64_t now)
{
	const bool mends = finding->kind == FINDING_TEXT || finding->kind == FINDING_LIST ||
	                   finding->kind == FINDING_END || finding->kind == FINDING_NOT_LISTED ||
	                   finding->kind == FINDING_NOT_IN_TREE ||
	                   finding->kind == FINDING_MODULE || finding->kind == FINDING_MAPPING ||
	                   finding->lack.kind != RULES_LACK_NONE;
	const uint32_t before = finding->mend.act;
	const enum ladder_act act = ladder_act(&watch->ladder, line, finding, now);

	if ((act == LADDER_MEND && !mends) ||
	    ((act == LADDER_KILL || act == LADDER_DISARM) && finding->mend.done)) {
		finding->mend.over = now - finding->mend.since >= WATCH_OTHERS;
	} else if (act == LADDER_KILL) {
		finding->mend.over |= !mend_has_task(finding);
	} else if (act == LADDER_DISARM) {
		finding->mend.over |=
		    finding->kind != FINDING_RULE && finding->kind != FINDING_MODULE;
	} else if (act == LADDER_RESTART) {
		finding->mend.over = true; /* unless another life begins */
		watch->restarts = now + WATCH_RESTARTS;
		watch->step(act, rule);
	} else if (act == LADDER_END && before != LADDER_END && finding->mend.limited) {
		watch->step(act, rule);
	}
}

/* Each finding that counts is at a step of its rule's ladder. */
static void watch_climb(struct watch *watch, const char *rule, struct findings *findings,
                        uint64_t now)
{
	for (uint32_t i = 0; i < FINDINGS_MAX && now >= watch->restarts; i++) {
		struct finding *finding = &findings->entry[i];
		const bool control = finding->kind == FINDING_CONTROL;
		const char *line = control ? watch_names[WATCH_CONTROL] : rule;

		if (finding->used && finding->told && finding->now)
			watch_step(watch, line, line, finding, now);
	}
}

static void watch_climb_blind(struct watch *watch, const char *rule, struct finding *finding,
                              bool lost, uint64_t now)
{
	if (!lost)
		*finding = (struct finding){.used = false};
	else if (!finding->used)
		*finding = (struct finding){
		    .kind = FINDING_BLIND, .used = true, .now = true, .told = true};
	if (lost && now >= watch->restarts)
		watch_step(watch, RULE_BLIND, rule, finding, now);
}

/* A rule that can't tell is a finding itself, also if the kernel's tables aren't found. */
static void watch_climb_lost(struct watch *watch, uint64_t now)
{
	struct rulebook *book = watch->book;

	if (watch->ladder.lines == 0 || watch->moved != 0)
		return;
	for (uint32_t i = 0; i < WATCH_RULES; i++)
		watch_climb_blind(watch, watch_names[i], &watch->blind[i],
		                  watch->cant[i] == WATCH_PATIENCE, now);
	for (uint32_t i = 0; book != NULL && i < RULE_MOST; i++) {
		struct finding *finding = &watch->blind[WATCH_RULES + i];
		bool lost;

		if (!book->entry[i].used) {
			finding->used = false;
			continue;
		}
		(void)rulebook_count(&book->entry[i], &lost);
		watch_climb_blind(watch, book->entry[i].rule->name, finding, lost, now);
	}
}

static void watch_climb_all(struct watch *watch, uint64_t now)
{
	struct rulebook *book = watch->book;

	for (uint32_t i = 0; i < WATCH_RULES; i++)
		watch_climb(watch, watch_names[i], &watch->findings[i], now);
	for (uint32_t i = 0; book != NULL && i < RULE_MOST; i++)
		if (book->entry[i].used)
			watch_climb(watch, book->entry[i].rule->name, &book->entry[i].findings,
			            now);
}

static void watch_disarm(struct watch *watch, uint64_t now)
{
	struct rulebook *book = watch->book;

	for (uint32_t i = 0; i < WATCH_RULES; i++)
		mend_disarm(&watch->mender, &watch->findings[i], now);
	for (uint32_t i = 0; book != NULL && i < RULE_MOST; i++)
		if (book->entry[i].used)
			mend_disarm(&watch->mender, &book->entry[i].findings, now);
}

static void watch_mend_tasks(struct watch *watch, struct findings *findings)
{
	mend_tasks(&watch->mender, &watch->guest, findings);
	mend_kill(&watch->mender, &watch->guest, findings);
}

static void watch_mend_ruled(struct watch *watch, struct findings *findings)
{
	mend_ruled(&watch->mender, &watch->guest, findings);
	mend_kill(&watch->mender, &watch->guest, findings);
}

/* What a pass could tell of. Each finding about mappings is by itself: it counts also if the look
 * can't tell of all tables. */
struct watch_done {
	bool compared[BASELINE_REGIONS], walked, summed, mapping, shown;
};

/* After looks that could tell, and only while the kernel is the baseline's. */
static void watch_mend(struct watch *watch, const struct watch_done *done, uint64_t now)
{
	static const enum watch_rule rules[] = {WATCH_TEXT, WATCH_CONSTANTS};

	if (watch->ladder.lines == 0 || watch->moved != 0 || !watch_is_up(watch))
		return;
	watch_climb_all(watch, now);
	hold_all(watch, now);
	for (uint32_t i = 0; i < BASELINE_REGIONS; i++)
		if (done->compared[i])
			mend_text(&watch->mender, &watch->guest, &watch->baseline,
			          &watch->findings[rules[i]]);
	if (done->walked)
		watch_mend_tasks(watch, &watch->findings[WATCH_TASKS]);
	if (done->summed)
		mend_modules(&watch->mender, &watch->guest, &watch->modules,
		             &watch->findings[WATCH_MODULES]);
	if (done->mapping)
		mend_mappings(&watch->mender, &watch->guest, &watch->modules,
		              &watch->findings[WATCH_MAPPINGS]);
	if (done->shown)
		mend_vectors(&watch->mender, &watch->findings[WATCH_VECTORS]);
	for (uint32_t i = 0; watch->book != NULL && i < RULE_MOST; i++)
		if (watch->book->entry[i].used)
			watch_mend_ruled(watch, &watch->book->entry[i].findings);
	watch_disarm(watch, now);
}

/* ---- events ---- */

/* A number has changed: rules that look on such an event do so. */
static void watch_event(struct watch *watch, enum rule_event event, uint64_t *known, uint64_t now)
{
	if (watch->book != NULL && *known != now)
		rulebook_event(watch->book, event);
	*known = now;
}

/* ---- passes ---- */

/* A pass of the rules. What is open is looked at again some milliseconds later, and by itself, so
 * that it is sure soon. */
enum watch_pass { WATCH_LOOK, WATCH_GLANCE, WATCH_AGAIN };

static bool watch_compare(struct watch *watch, enum baseline_region region, enum watch_pass pass,
                          bool used)
{
	static const enum watch_rule rules[] = {WATCH_TEXT, WATCH_CONSTANTS};
	const uint32_t share = baseline_share(&watch->guest, region, WATCH_SWEEP);
	struct baseline_part part = {.region = region, .leads = used};

	if (pass != WATCH_AGAIN)
		part.pages = share > WATCH_PAGES ? share : WATCH_PAGES;
	return baseline_look(&watch->baseline, &watch->guest, &part,
	                     &watch->findings[rules[region]]);
}

static uint32_t watch_modules_share(const struct watch *watch, enum watch_pass pass)
{
	return pass == WATCH_AGAIN ? 0 : watch->modules.pages / WATCH_SWEEP + 1;
}

/* Tables for a glance. */
static uint32_t watch_mappings_share(const struct watch *watch, enum watch_pass pass)
{
	const uint32_t before = watch->mappings.before;
	const uint32_t share = before / WATCH_SWEEP + 1;

	if (pass == WATCH_AGAIN)
		return 0;
	return before == 0 || share > MAPPINGS_SHARE ? MAPPINGS_SHARE : share;
}

bool watch_has(const struct watch *watch, uint32_t name)
{
	const struct watchfacts *facts = watch->guest.facts;

	if (name == WATCH_MODULES && facts->modules == 0)
		return false;
	return kind_of(facts)->lists ||
	       (name != WATCH_TASKS && name != WATCH_MODULES && name != WATCH_MAPPINGS);
}

/* Without the kernel's tables text is compared still, but that may not be what is executed. Whether
 * a rule can tell counts at looks. */
static void watch_rules(struct watch *watch, enum watch_pass pass, bool used, uint64_t now)
{
	struct findings *tasks = &watch->findings[WATCH_TASKS];
	struct findings *modules = &watch->findings[WATCH_MODULES];
	struct findings *mappings = &watch->findings[WATCH_MAPPINGS];
	const bool lists = used && kind_of(watch->guest.facts)->lists;
	const struct watch_done done = {
	    .compared = {watch_compare(watch, BASELINE_TEXT, pass, used),
	                 watch_compare(watch, BASELINE_CONSTANTS, pass, used)},
	    .walked = lists && (pass != WATCH_AGAIN || findings_open(tasks)) &&
	              tasks_look(&watch->tasks, &watch->guest, tasks),
	    .summed = lists && (pass != WATCH_AGAIN || findings_open(modules)) &&
	              modules_look(&watch->modules, &watch->guest, watch_modules_share(watch, pass),
	                           modules),
	    .mapping = lists && (pass != WATCH_AGAIN || findings_open(mappings)),
	    .shown = pass == WATCH_LOOK && watch->cant[WATCH_VECTORS] == 0,
	};
	const bool mapped =
	    done.mapping && mappings_look(&watch->mappings, &watch->guest,
	                                  watch_mappings_share(watch, pass), mappings);

	if (pass == WATCH_LOOK) {
		watch_rule(watch, WATCH_TEXT, done.compared[BASELINE_TEXT] && used);
		watch_rule(watch, WATCH_CONSTANTS, done.compared[BASELINE_CONSTANTS] && used);
		watch_rule(watch, WATCH_TASKS, done.walked || !watch_has(watch, WATCH_TASKS));
		watch_rule(watch, WATCH_MODULES, done.summed || !watch_has(watch, WATCH_MODULES));
		watch_rule(watch, WATCH_MAPPINGS, mapped || !watch_has(watch, WATCH_MAPPINGS));
	}
	watch_event(watch, RULE_ON_MODULE, &watch->known.modules, watch->modules.changes);
	if (watch->book != NULL && pass == WATCH_AGAIN)
		rulebook_again(watch->book, &watch->guest);
	else if (watch->book != NULL)
		rulebook_look(watch->book, &watch->guest, used);
	if (used && pass != WATCH_GLANCE)
		watch_mend(watch, &done, now);
}

/* Between looks all has to be as the last look found it, and the kernel up: one that starts another
 * kernel (kexec) says that it isn't. */
static bool watch_goes_on(const struct watch *watch, const struct watch_seen *seen)
{
	return watch->watching && watch->used && watch->moved == 0 && seen->runs &&
	       seen->starts == watch->starts && watch_is_up(watch);
}

static void watch_between(struct watch *watch, const struct watch_seen *seen, enum watch_pass pass)
{
	watch->guest.now = seen->now;
	guest_forget(&watch->guest);
	if (watch_goes_on(watch, seen) && watch_prove(watch))
		watch_rules(watch, pass, true, seen->now);
}

void watch_glance(struct watch *watch, const struct watch_seen *seen)
{
	watch_between(watch, seen, WATCH_GLANCE);
}

void watch_again(struct watch *watch, const struct watch_seen *seen)
{
	watch_between(watch, seen, WATCH_AGAIN);
}

bool watch_is_open(const struct watch *watch)
{
	return watch->watching && (findings_open(&watch->findings[WATCH_TEXT]) ||
	                           findings_open(&watch->findings[WATCH_CONSTANTS]) ||
	                           findings_open(&watch->findings[WATCH_TASKS]) ||
	                           findings_open(&watch->findings[WATCH_MODULES]) ||
	                           findings_open(&watch->findings[WATCH_MAPPINGS]) ||
	                           (watch->book != NULL && rulebook_is_open(watch->book)));
}

bool watch_looks(const struct watch *watch, const struct watch_seen *seen)
{
	return watch->watching && seen->runs;
}

uint32_t watch_count(const struct watch *watch, uint32_t name, bool *lost)
{
	const bool control = name == WATCH_CONTROL;
	const uint32_t rule = control ? WATCH_VECTORS : name;
	uint32_t count = 0;

	for (uint32_t i = 0; i < FINDINGS_MAX; i++) {
		const struct finding *finding = &watch->findings[rule].entry[i];

		count +=
		    finding->used && finding->told && (finding->kind == FINDING_CONTROL) == control;
	}
	*lost = watch->cant[rule] == WATCH_PATIENCE;
	return count;
}

/* Tells once why there is no baseline after so long. That the kernel isn't the facts' was told. */
static void watch_wait(struct watch *watch, enum watch_event why)
{
	if (watch->without < WATCH_WAIT && ++watch->without == WATCH_WAIT)
		watch->tell(why, WATCH_RULES);
}

/* Until there is a baseline. Registers are known from then on. */
static void watch_prepare(struct watch *watch, const struct watch_seen *seen, bool used)
{
	if (!used) {
		watch_wait(watch, WATCH_NO_TABLES);
	} else if (!watch_is_up(watch)) {
		watch->early = true;
		watch_wait(watch, WATCH_NOT_UP);
	} else {
		watch_settle(watch, seen->now);
		if (watch->watching)
			(void)watch_vectors(watch, seen);
		if (!watch->watching && watch->settled >= watch_settles(watch))
			watch_wait(watch, WATCH_NO_TEXT);
	}
}

/* The kernel that was found first is no longer in use. */
static bool watch_adopt(struct watch *watch, const struct watch_seen *seen)
{
	struct guest other;
	const bool there = watch_use_other(watch, seen, &other);

	if (there)
		watch->guest = other;
	return there;
}

void watch_look(struct watch *watch, const struct watch_seen *seen)
{
	bool used;

	if (seen->starts != watch->starts)
		watch_begin(watch, seen);
	if (!watch->watching)
		deadlines_begin(&watch->deadlines, seen->misses);
	if (!seen->runs && !watch->watching)
		watch_wait(watch, WATCH_NOT_RUNNING);
	if (!seen->runs && watch->book != NULL)
		rulebook_pause(watch->book);
	if (!seen->runs || !watch_find(watch))
		return;
	watch->guest.now = seen->now;
	guest_forget(&watch->guest);
	used = watch->used = watch_use(watch, seen, &watch->guest);
	if (watch->watching && watch_has_moved(watch, seen, used)) {
		baseline_drop(&watch->baseline);
		watch_begin(watch, seen);
	} else if (watch->watching && watch_prove(watch)) {
		watch_rule(watch, WATCH_VECTORS, watch_vectors(watch, seen));
		findings_round(&watch->findings[WATCH_DEADLINES], seen->now);
		deadlines_look(&watch->deadlines, seen->misses, &watch->findings[WATCH_DEADLINES]);
		watch_event(watch, RULE_ON_DEADLINE, &watch->known.misses, seen->misses);
		watch_rules(watch, WATCH_LOOK, used, seen->now);
		watch_climb_lost(watch, seen->now);
	} else {
		watch_prepare(watch, seen, used || watch_adopt(watch, seen));
	}
}
