/* See prevent.h. */
#include "prevent.h"
#include "prevent_let.h"
#include "prevent_modules.h"
#include "sites.h"

#define PREVENT_CLASS(syndrome)        ((syndrome) >> 26 & 0x3f)
#define PREVENT_FETCHES                0x20u
#define PREVENT_IS_WORD(syndrome)      (((syndrome) >> 22 & 7) == 6) /* ISV, 32 bits */
#define PREVENT_EL(pstate)             ((pstate)&0xc)
#define PREVENT_ANSWER(fault, verdict) ((fault)->changes << 8 | (verdict))

/* Pages that get other rights. */
struct prevent_range {
	uint64_t from, end;
	uint32_t rights;
};
#define PREVENT_TABLE  (PREVENT_PAGE - 1) /* pages: `sites` has no room for more */
#define PREVENT_KERNEL 6u                 /* ranges of the memory that the kernel lies in */

/* ---- words ---- */

static void prevent_tell(const struct prevent *prevent, enum prevent_event event, uint32_t vcpu,
                         const struct watch_fault *fault, uint64_t module)
{
	struct prevent_told told = {.event = event, .vcpu = vcpu, .at = fault->at, .pc = fault->pc};

	if (module != 0)
		(void)guest_text(prevent->guest, module + prevent->guest->facts->module_name,
		                 told.name, PREVENT_NAME);
	prevent->tell(&told);
}

/* ---- the guest's lives ---- */

static bool prevent_is_sealed(const struct prevent *prevent)
{
	return prevent->sealed.starts == prevent->starts;
}

static bool prevent_is_up(const struct prevent *prevent)
{
	const uint32_t place = prevent->image.facts->system_state;
	uint64_t word;

	if (!guestwalk_word(&prevent->image.walk, prevent->image.kernel + (place & ~7u), &word))
		return false;
	return (uint32_t)(place % 8 == 0 ? word : word >> 32) == prevent->image.facts->running;
}

/* Returns how many of the pages are left: the vCPU didn't change their rights in time. */
static uint64_t prevent_allow(struct prevent *prevent, uint32_t vcpu, uint32_t rights,
                              uint64_t from, uint64_t pages)
{
	const uint64_t left = prevent->allow(vcpu, rights, from / PREVENT_PAGE, pages);

	prevent->late |= left != 0;
	return left;
}

static bool prevent_page(struct prevent *prevent, uint32_t vcpu, uint64_t address,
                         enum watch_rights rights)
{
	return prevent_allow(prevent, vcpu, rights, address, 1) == 0;
}

/* Changes rights of the ranges one after the other. True: all are done, at once or with what was
 * done of them before. */
static bool prevent_change(struct prevent *prevent, uint32_t vcpu, enum prevent_series series,
                           const struct prevent_range *range, uint32_t count)
{
	if (prevent->cut.series != series)
		prevent->cut.done = 0, prevent->cut.left = 0;
	prevent->cut.series = series;
	for (; prevent->cut.done < count; prevent->cut.done++) {
		const struct prevent_range *next = &range[prevent->cut.done];
		const uint64_t pages = (next->end - next->from) / PREVENT_PAGE;

		if (next->from >= next->end)
			continue;
		prevent->cut.left =
		    prevent_allow(prevent, vcpu, next->rights, next->from,
		                  prevent->cut.left != 0 ? prevent->cut.left : pages);
		if (prevent->cut.left != 0)
			return false;
	}
	prevent->cut.series = PREVENT_NONE;
	return true;
}

/* All memory, from this range of it on. Returns how many ranges. */
static uint32_t prevent_memory(const struct guestwalk *walk, uint32_t first, uint32_t rights,
                               struct prevent_range *range)
{
	uint32_t count = 0;

	for (uint32_t i = first; i < walk->ranges; i++)
		range[count++] = (struct prevent_range){
		    walk->range[i].ipa, walk->range[i].ipa + walk->range[i].size, rights};
	return count;
}

static bool prevent_all(struct prevent *prevent, uint32_t vcpu, enum prevent_series series,
                        enum watch_rights rights)
{
	struct prevent_range range[GUEST_RANGES];
	const uint32_t count =
	    prevent_memory(&prevent->image.walk, 0, rights | WATCH_RIGHT_DEVICES, range);

	return prevent_change(prevent, vcpu, series, range, count);
}

/* Where text begins, and where constants begin and end: whole pages. */
static uint64_t prevent_place(const struct prevent *prevent, uint32_t place)
{
	return prevent->image.kernel + (place & ~(PREVENT_PAGE - 1));
}

/* Whether it is a page of the kernel's text or constants. */
static bool prevent_is_image(const struct prevent *prevent, uint64_t address)
{
	const struct watchfacts *facts = prevent->image.facts;
	const uint64_t place = address - prevent->sealed.kernel;

	return place >= facts->text && place < (facts->constants_end & ~(PREVENT_PAGE - 1));
}

/* Before the first look nothing is known of the present life. */
bool prevent_may_mend(const struct prevent *prevent, uint64_t address)
{
	if (!prevent->works)
		return true;
	if (prevent->starts == 0)
		return false;
	if (!prevent_is_sealed(prevent))
		return true;
	return !prevent->pages.head->lost && !prevent_is_image(prevent, address) &&
	       prevent_pages_state(&prevent->pages, address) < PREVENT_PAGE_CHANGES;
}

/* Text first, as other vCPUs execute it meanwhile. The kernel lies in the first range. A mend that
 * goes on may be of its text. */
static bool prevent_seal(struct prevent *prevent, uint32_t vcpu)
{
	const struct watchfacts *facts = prevent->image.facts;
	const struct guestwalk *walk = &prevent->image.walk;
	const uint64_t text = prevent_place(prevent, facts->text);
	const uint64_t constants = prevent_place(prevent, facts->text_end);
	const uint64_t entry = prevent_place(prevent, facts->entry);
	const uint64_t entry_end = prevent_place(prevent, facts->entry_end);
	const uint64_t end = prevent_place(prevent, facts->constants_end);

	struct prevent_range range[PREVENT_KERNEL + GUEST_RANGES] = {
	    {text, constants, WATCH_RIGHT_CODE | WATCH_RIGHT_DEVICES},
	    {entry, entry_end, WATCH_RIGHT_CODE | WATCH_RIGHT_DEVICES},
	    {constants, entry, WATCH_RIGHT_CONSTANT | WATCH_RIGHT_DEVICES},
	    {entry_end, end, WATCH_RIGHT_CONSTANT | WATCH_RIGHT_DEVICES},
	    {walk->range[0].ipa, text, WATCH_RIGHT_DATA},
	    {end, walk->range[0].ipa + walk->range[0].size, WATCH_RIGHT_DATA},
	};
	const uint32_t more = prevent_memory(walk, 1, WATCH_RIGHT_DATA, &range[PREVENT_KERNEL]);

	if (prevent->mends() ||
	    !prevent_change(prevent, vcpu, PREVENT_SEAL, range, PREVENT_KERNEL + more))
		return false;
	prevent->sealed = (struct prevent_sealed){prevent->starts, prevent->image.kernel};
	prevent->keep(&prevent->sealed);
	prevent->tell(&(struct prevent_told){.event = PREVENT_SEALED});
	return true;
}

/* ---- judgements; 0: later ---- */

static uint32_t prevent_refuse(const struct prevent *prevent, uint32_t vcpu,
                               const struct watch_fault *fault, uint64_t module)
{
	const bool fetches = PREVENT_CLASS(fault->syndrome) == PREVENT_FETCHES;
	const enum prevent_event event = fetches ? PREVENT_FETCH : PREVENT_WRITE;

	prevent_tell(prevent, PREVENT_EL(fault->pstate) == 0 ? PREVENT_PROGRAM : event, vcpu, fault,
	             module);
	return WATCH_FAULT_REFUSE;
}

/* A kernel whose store of a breakpoint aborts hangs: its CPUs wait for each other. So it goes on
 * without the breakpoint, and takes it out again where none is. Only of code. */
static bool prevent_skip(const struct prevent *prevent, uint32_t vcpu,
                         const struct watch_fault *fault)
{
	const uint32_t shift = fault->address % sizeof(uint64_t) * 8;
	uint64_t word;

	if (PREVENT_EL(fault->pstate) == 0 || !PREVENT_IS_WORD(fault->syndrome))
		return false;
	if ((uint32_t)fault->value == SITES_BREAK) {
		prevent_tell(prevent, PREVENT_PROBE, vcpu, fault, 0);
		return true;
	}
	return guestwalk_word(&prevent->image.walk, fault->address & ~7ULL, &word) &&
	       (uint32_t)(word >> shift) == (uint32_t)fault->value;
}

/* In the image: the kernel's own changes of its text alone. While other vCPUs are being sealed, a
 * fetch from text may have to be executed again. */
static uint32_t prevent_image(const struct prevent *prevent, uint32_t vcpu,
                              const struct watch_fault *fault)
{
	const struct watchfacts *facts = prevent->image.facts;
	const uint32_t place = (uint32_t)(fault->address - prevent->image.kernel);
	const bool kernel = PREVENT_EL(fault->pstate) != 0, text = place < facts->text_end;
	uint32_t verdict;

	if (kernel && (text || place - facts->entry < facts->entry_end - facts->entry) &&
	    PREVENT_CLASS(fault->syndrome) == PREVENT_FETCHES)
		return WATCH_FAULT_AGAIN;
	if (kernel && text && PREVENT_IS_WORD(fault->syndrome) &&
	    sites_may(facts, place, (uint32_t)fault->value))
		return WATCH_FAULT_STORE;
	if (kernel && text && PREVENT_IS_WORD(fault->syndrome) &&
	    prevent_let_probe(prevent, fault, &verdict))
		return verdict;
	if (text && prevent_skip(prevent, vcpu, fault))
		return WATCH_FAULT_SKIP;
	return prevent_refuse(prevent, vcpu, fault, 0);
}

static bool prevent_is_code(const struct prevent *prevent, uint64_t address)
{
	return prevent_pages_state(&prevent->pages, address) == PREVENT_PAGE_CODE;
}

/* Whether a page is in the Linux's memory, not the kernel's own, and no code. */
static bool prevent_is_free(const struct prevent *prevent, uint64_t page)
{
	const enum prevent_page state = prevent_pages_state(&prevent->pages, page);

	return !prevent_is_image(prevent, page) && state != PREVENT_PAGE_NOWHERE &&
	       state != PREVENT_PAGE_CODE && state != PREVENT_PAGE_MADE;
}

/* Of the collected pages. */
static bool prevent_are_free(const struct prevent *prevent, uint32_t pages)
{
	for (uint32_t i = 0; i < pages; i++)
		if (!prevent_is_free(prevent, prevent->page[i]))
			return false;
	return true;
}

/* The collected pages from one to another one. */
static bool prevent_give(struct prevent *prevent, uint32_t vcpu, uint32_t from, uint32_t to,
                         enum watch_rights rights)
{
	for (uint32_t i = from, end; i < to; i = end) {
		for (end = i + 1;
		     end < to && prevent->page[end] == prevent->page[end - 1] + PREVENT_PAGE;)
			end++;
		if (prevent_allow(prevent, vcpu, rights, prevent->page[i], end - i) != 0)
			return false;
	}
	return true;
}

/* A vCPU may have left the instruction of an allowed store, and come back to it when something else
 * is there. False: a store is being carried out. */
static bool prevent_retract(const struct prevent *prevent)
{
	bool done = true;

	for (uint32_t i = 0; i < prevent->vcpus; i++)
		done &= prevent->retract(i);
	return done;
}

/* The collected pages of its text become code. */
static bool prevent_begin_module(struct prevent *prevent, uint32_t vcpu,
                                 const struct prevent_module *module)
{
	prevent_note_constants(prevent, module);
	for (uint32_t part = 0; part < WATCHMODULES_PARTS; part++) {
		const struct prevent_span span = prevent_span(module, part);

		for (uint32_t i = span.code; i < span.constants; i++)
			prevent_pages_change(&prevent->pages, prevent->page[i]);
	}
	for (uint32_t part = 0; part < WATCHMODULES_PARTS; part++) {
		const struct prevent_span span = prevent_span(module, part);

		if (!prevent_give(prevent, vcpu, span.code, span.constants, WATCH_RIGHT_CODE))
			return false;
	}
	prevent_note(prevent, module);
	return true;
}

/* A module that begins has no page that is code: the loader wrote them all. Of one that has begun,
 * all are code. So another page that its addresses lead to is none of the loader's. Its text and
 * constants are compared when nobody can write them any more, no mend either. Then the text becomes
 * code as a whole. */
static uint32_t prevent_module(struct prevent *prevent, uint32_t vcpu,
                               const struct watch_fault *fault, const struct prevent_module *module)
{
	uint32_t pages;

	if (prevent_is_code(prevent, fault->address))
		return WATCH_FAULT_AGAIN;
	if (!prevent_collect(prevent, module, &pages) || !prevent_are_free(prevent, pages))
		return prevent_refuse(prevent, vcpu, fault, module->module);
	if (prevent->mends() || !prevent_give(prevent, vcpu, 0, pages, WATCH_RIGHT_CONSTANT) ||
	    !prevent_retract(prevent))
		return 0;
	if (!prevent_compare(prevent, module)) {
		struct watch_fault differs = {.at = prevent->differs};

		prevent_tell(prevent, PREVENT_DIFFERS, vcpu, &differs, module->module);
		return prevent_refuse(prevent, vcpu, fault, module->module);
	}
	if (!prevent_begin_module(prevent, vcpu, module))
		return 0;
	if (!prevent_is_code(prevent, fault->address))
		return prevent_refuse(prevent, vcpu, fault, module->module);
	prevent_tell(prevent, PREVENT_MODULE, vcpu, fault, module->module);
	return WATCH_FAULT_AGAIN;
}

/* The module whose memory the address was in when that module began; NULL: there is none. */
static struct prevent_area *prevent_area(const struct prevent *prevent, uint64_t address)
{
	struct prevent_area *area = prevent->pages.head->area;

	for (uint32_t i = 0; i < WATCHMODULES_MOST; i++)
		if (address - area[i].base < area[i].size)
			return &area[i];
	return NULL;
}

struct rules_area prevent_module_of(const struct prevent *prevent, uint64_t address)
{
	const struct prevent_area *area =
	    prevent->works && prevent_is_sealed(prevent) ? prevent_area(prevent, address) : NULL;
	struct rules_area found = {.size = 0};

	if (area != NULL) {
		found.base = area->base;
		found.size = area->size;
	}
	return found;
}

/* The module is named first, so that none of its pages becomes code again, and a watcher that is
 * restarted meanwhile goes on. One vCPU is asked in a look; one that is off doesn't do it. */
enum prevent_disarmed prevent_disarm(struct prevent *prevent, uint64_t address, const char **name)
{
	const struct watchmodules_module *list =
	    (const struct watchmodules_module *)(prevent->approve.file + 1);
	struct prevent_area *area = NULL;
	struct prevent_code code;
	uint32_t module, pages = 0;

	if (prevent->works && prevent->vcpus != 0 && prevent_is_sealed(prevent))
		area = prevent_area(prevent, address);
	if (area == NULL)
		return PREVENT_NO_MODULE;
	module = (uint32_t)(area - prevent->pages.head->area);
	area->disarmed = 1;
	for (size_t next = 0;
	     pages < PREVENT_PAGES &&
	     prevent_pages_next(&prevent->pages, module, &next, &prevent->page[pages], &code);)
		if (code.state == PREVENT_PAGE_CODE)
			pages++;
	if (!prevent_give(prevent, prevent->sealer % prevent->vcpus, 0, pages,
	                  WATCH_RIGHT_CONSTANT)) {
		prevent->sealer++;
		return PREVENT_LATER;
	}
	for (uint32_t i = 0; i < pages; i++)
		prevent_pages_note(&prevent->pages, prevent->page[i], NULL);
	if (pages != 0)
		*name = list[module].name;
	return PREVENT_DISARMED;
}

/* Of a module that is gone, all other pages of that part become data, too: nobody asks for them. If
 * only the kernel's list hasn't it any more, it isn't executed any more, either. */
static bool prevent_clear(struct prevent *prevent, uint32_t vcpu, uint64_t address)
{
	struct prevent_code gone, code;
	size_t next = 0;
	uint64_t page;

	if (!prevent_pages_code(&prevent->pages, address, &gone) ||
	    prevent_is_listed(prevent, gone.part, gone.address - gone.offset))
		return true;
	while (prevent_pages_next(&prevent->pages, gone.module, &next, &page, &code)) {
		if (code.part != gone.part || page == (address & ~(uint64_t)(PREVENT_PAGE - 1)) ||
		    code.address - code.offset != gone.address - gone.offset)
			continue;
		prevent_pages_change(&prevent->pages, page);
		if (!prevent_page(prevent, vcpu, page, WATCH_RIGHT_DATA)) {
			prevent_pages_note(&prevent->pages, page, &code);
			return false;
		}
		prevent_pages_note(&prevent->pages, page, NULL);
	}
	return true;
}

/* A page that is nobody's text becomes data: one that was a module's, which is gone. */
static uint32_t prevent_data(struct prevent *prevent, uint32_t vcpu, uint64_t address)
{
	if (!prevent_clear(prevent, vcpu, address))
		return 0;
	if (prevent_pages_state(&prevent->pages, address) >= PREVENT_PAGE_CHANGES)
		prevent_pages_change(&prevent->pages, address);
	if (!prevent_page(prevent, vcpu, address, WATCH_RIGHT_DATA))
		return 0;
	prevent_pages_note(&prevent->pages, address, NULL);
	return WATCH_FAULT_AGAIN;
}

/* A page of code that the kernel made stays so while its code is there. Single instructions are
 * written into slots. */
static uint32_t prevent_made(struct prevent *prevent, uint32_t vcpu,
                             const struct watch_fault *fault)
{
	const bool kernel = PREVENT_EL(fault->pstate) != 0;
	const uint64_t at = prevent_pages_made(&prevent->pages, fault->address);
	enum watchfacts_maker maker;

	if (kernel && PREVENT_CLASS(fault->syndrome) == PREVENT_FETCHES)
		return WATCH_FAULT_AGAIN;
	if (!prevent_let_has(prevent, at, fault->address, &maker))
		return prevent_let_is_sure(prevent, vcpu, fault)
		           ? prevent_data(prevent, vcpu, fault->address)
		           : 0;
	return kernel && PREVENT_IS_WORD(fault->syndrome) && maker == WATCHFACTS_SLOTS &&
	               prevent_lets(prevent, maker)
	           ? WATCH_FAULT_STORE
	           : prevent_refuse(prevent, vcpu, fault, 0);
}

/* A page that isn't a module's becomes code as it is executed, if the kernel made its code, and
 * that is let. */
static uint32_t prevent_make(struct prevent *prevent, uint32_t vcpu,
                             const struct watch_fault *fault)
{
	const bool lets =
	    prevent_lets(prevent, WATCHFACTS_JIT) || prevent_lets(prevent, WATCHFACTS_SLOTS);
	enum watchfacts_maker maker;

	if (!lets || !prevent_is_free(prevent, fault->address))
		return prevent_refuse(prevent, vcpu, fault, 0);
	if (!prevent_let_has(prevent, fault->at, fault->address, &maker))
		return prevent_let_is_sure(prevent, vcpu, fault)
		           ? prevent_refuse(prevent, vcpu, fault, 0)
		           : 0;
	if (!prevent_lets(prevent, maker))
		return prevent_refuse(prevent, vcpu, fault, 0);
	prevent_pages_change(&prevent->pages, fault->address);
	if (!prevent_page(prevent, vcpu, fault->address, WATCH_RIGHT_CODE))
		return 0;
	prevent_pages_make(&prevent->pages, fault->address, fault->at);
	return WATCH_FAULT_AGAIN;
}

/* Which code a page has is known since its module began. Whose another page is, the kernel's own
 * list says. A module that runs, but isn't known, begins with a store, too. */
static uint32_t prevent_other(struct prevent *prevent, uint32_t vcpu,
                              const struct watch_fault *fault)
{
	const bool kernel = PREVENT_EL(fault->pstate) != 0;
	const bool fetches = PREVENT_CLASS(fault->syndrome) == PREVENT_FETCHES;
	const bool stores = kernel && !fetches && PREVENT_IS_WORD(fault->syndrome);
	struct prevent_module module;

	if (!*prevent->used || *prevent->life != prevent->starts)
		return 0;
	if (stores && prevent_may_store(prevent, fault))
		return WATCH_FAULT_STORE;
	if (stores && prevent_is_code(prevent, fault->address) &&
	    prevent_skip(prevent, vcpu, fault))
		return WATCH_FAULT_SKIP;
	guest_forget(prevent->guest);
	if (prevent_pages_state(&prevent->pages, fault->address) == PREVENT_PAGE_MADE)
		return prevent_made(prevent, vcpu, fault);
	prevent->work = PREVENT_PAGES;
	if (!prevent_find(prevent, fault, fetches, &module)) {
		if (kernel && fetches)
			return prevent_make(prevent, vcpu, fault);
		if (prevent->work == 0)
			return prevent_refuse(prevent, vcpu, fault, 0);
		return prevent_data(prevent, vcpu, fault->address);
	}
	module.approved = prevent_approved(prevent, module.module);
	if (module.approved != NULL &&
	    ((kernel && fetches) || (stores && !prevent_is_code(prevent, fault->address))))
		return prevent_module(prevent, vcpu, fault, &module);
	return prevent_refuse(prevent, vcpu, fault, module.module);
}

/* Before the seal. A fault at EL1 is about rights of an earlier life, or a program's first
 * instruction is there. */
static uint32_t prevent_unsealed(struct prevent *prevent, uint32_t vcpu,
                                 const struct watch_fault *fault)
{
	if (PREVENT_EL(fault->pstate) != 0)
		return prevent_all(prevent, vcpu, PREVENT_START_ALL, WATCH_RIGHT_START)
		           ? WATCH_FAULT_AGAIN
		           : 0;
	if (!guest_find(&prevent->image)) {
		if (!prevent_all(prevent, vcpu, PREVENT_ALLOW_ALL, WATCH_RIGHT_ALL))
			return 0;
		prevent->tell(&(struct prevent_told){.event = PREVENT_UNKNOWN});
		return WATCH_FAULT_AGAIN;
	}
	if (prevent_is_up(prevent))
		return prevent_seal(prevent, vcpu) ? WATCH_FAULT_AGAIN : 0;
	prevent->early = true;
	return prevent_page(prevent, vcpu, fault->address, WATCH_RIGHT_DATA) ? WATCH_FAULT_AGAIN
	                                                                     : 0;
}

static uint32_t prevent_judge(struct prevent *prevent, uint32_t vcpu,
                              const struct watch_fault *fault)
{
	if (!prevent_is_sealed(prevent))
		return prevent_unsealed(prevent, vcpu, fault);
	prevent->image.kernel = prevent->sealed.kernel;
	if (prevent_is_image(prevent, fault->address))
		return prevent_image(prevent, vcpu, fault);
	return prevent_other(prevent, vcpu, fault);
}

/* The kernel's text in whole pages, as many as a table may have: where it begins, by its place, and
 * its size. */
static uint32_t prevent_text(const struct watchfacts *facts, size_t *size)
{
	const uint32_t from = facts->text & ~(PREVENT_PAGE - 1);

	*size = (facts->text_end & ~(PREVENT_PAGE - 1)) - from;
	if (*size > PREVENT_TABLE * PREVENT_PAGE)
		*size = PREVENT_TABLE * PREVENT_PAGE;
	return from;
}

/* Gives the frame what it needs to know of a sealed kernel's image: the changes of its text that
 * are carried out without a question, and what channels don't write. */
static void prevent_show_image(struct prevent *prevent)
{
	const struct watchfacts *facts = prevent->image.facts;
	const uint64_t end = facts->constants_end & ~(PREVENT_PAGE - 1);
	size_t size;
	const uint32_t from = prevent_text(facts, &size);

	if (!prevent_is_sealed(prevent) || prevent->tabled == prevent->starts)
		return;
	prevent->fix(prevent->sealed.kernel + from, (end - from) / PREVENT_PAGE);
	prevent->sites(prevent->sealed.kernel + from, prevent->table, size / PREVENT_PAGE);
	prevent->tabled = prevent->starts;
}

/* Before the baseline a watcher may be busy for long, or not be there: then faults wait. */
static void prevent_show_baseline(struct prevent *prevent)
{
	if (!*prevent->watching || *prevent->life != prevent->starts ||
	    prevent->refuses == prevent->starts)
		return;
	prevent->refuse();
	prevent->refuses = prevent->starts;
}

bool prevent_look(struct prevent *prevent, uint32_t vcpus, uint32_t starts)
{
	struct watch_fault fault;
	bool any = false;
	uint32_t verdict;

	if (starts != prevent->starts) {
		prevent->early = false;
		prevent->cut.series = PREVENT_NONE;
	}
	prevent->starts = starts;
	if (!prevent_pages_are_of(&prevent->pages, starts))
		prevent_pages_forget(&prevent->pages, starts, prevent_is_sealed(prevent));
	prevent_show_image(prevent);
	prevent_show_baseline(prevent);
	prevent->late = false;
	prevent->vcpus = vcpus < PREVENT_VCPUS ? vcpus : PREVENT_VCPUS;
	/* A program ran early: there may be no other fault by which to seal it. A vCPU that is off
	 * doesn't do it, so that the next look asks another one. */
	if (prevent->early && vcpus != 0 && !prevent_is_sealed(prevent) && prevent_is_up(prevent) &&
	    !prevent_seal(prevent, prevent->sealer % vcpus))
		prevent->sealer++;
	for (uint32_t i = 0; i < prevent->vcpus && !prevent->late; i++) {
		const uint32_t vcpu = prevent->next++ % vcpus;

		if (!prevent->fault(vcpu, &fault))
			continue;
		verdict = prevent_judge(prevent, vcpu, &fault);
		if (verdict == 0)
			continue;
		any = true;
		prevent->answer(vcpu, PREVENT_ANSWER(&fault, verdict));
	}
	return any;
}

/* The table lies at the end of kept memory. */
static bool prevent_make_sites(struct prevent *prevent, const struct prevent_given *given,
                               size_t *left)
{
	size_t size;
	const uint32_t from = prevent_text(prevent->image.facts, &size);

	if (given->kept_size < size)
		return false;
	*left = given->kept_size - size;
	sites_fill(prevent->image.facts, from, (void *)((uint8_t *)given->kept + *left), size);
	prevent->table = given->kept_at + *left;
	return true;
}

size_t prevent_room(const struct prevent *prevent)
{
	size_t size;

	(void)prevent_text(prevent->image.facts, &size);
	return size + prevent_pages_room(&prevent->image.walk);
}

const char *prevent_begin(struct prevent *prevent, const struct prevent_given *given)
{
	size_t left;

	if (!prevent->works)
		return NULL;
	prevent->sites(0, 0, 0); /* the last watcher's table may lie elsewhere */
	if (given->list != NULL &&
	    !approve_open(&prevent->approve, given->list, given->list_size, prevent->image.facts))
		return "the list of modules is damaged or for another kernel: make it anew with "
		       "'kumiki modules'";
	if (!prevent_make_sites(prevent, given, &left) ||
	    !prevent_pages_open(&prevent->pages, given->kept, left, &prevent->image.walk))
		return "its kept memory is too small for prevention";
	return NULL;
}
